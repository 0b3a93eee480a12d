"""Called by tests/measure-sense: WEIGHTS FOLDER... prints the median over the texts of how much dearer a text gets for a small
language model when its own content words (four lower-case letters or more) change places at random: (after - before) / before,
in nats. At most 24 texts of 200 to 3,500 bytes, by the order of a fixed seed."""
import os, random, re, statistics, sys

import numpy
from llama_cpp import Llama

WORD = re.compile(r"(?<![\w./-])[a-z]{4,}(?![\w./-])")
SMALL = set("about after also because been before being both could does done down each even every from have having here into just made "
            "make many more most much must need next none only other over same should since some still such than that their them then "
            "there these they this those under until upon very want were what when where which while will with would your".split())
MOST = 24


def cost(model, text):
    tokens = [model.token_bos()] + model.tokenize(text.encode(), add_bos=False)[:700]
    model.reset()
    model.eval(tokens)
    scores = numpy.asarray(model.scores[: len(tokens)], dtype=numpy.float64)
    top = scores.max(axis=1)
    whole = top + numpy.log(numpy.exp(scores - top[:, None]).sum(axis=1))
    return float(sum(whole[n - 1] - scores[n - 1, tokens[n]] for n in range(1, len(tokens))))


def sense(model, text):
    text = text[:1200]
    spans = [match.span() for match in WORD.finditer(text) if match.group() not in SMALL]
    if len(spans) < 8:
        return None
    before, dice, after = cost(model, text), random.Random(1), []
    for _ in range(3):
        words = [text[a:b] for a, b in spans]
        dice.shuffle(words)
        out, end = [], 0
        for (a, b), word in zip(spans, words):
            out += [text[end:a], word]
            end = b
        after.append(cost(model, "".join(out) + text[end:]))
    return (statistics.mean(after) - before) / before


def texts(folders):
    for folder in folders:
        for top, _, names in os.walk(folder):
            for name in names:
                if name.endswith((".txt", ".md")) and "Maildir" not in top:
                    yield os.path.join(top, name)


def main():
    model = Llama(sys.argv[1], n_ctx=768, logits_all=True, verbose=False, n_threads=2)
    found = sorted(texts(sys.argv[2:]))
    random.Random(3).shuffle(found)
    values = []
    for path in found:
        text = open(path, errors="replace").read()
        if 200 <= len(text.encode()) <= 3500 and (value := sense(model, text)) is not None:
            values.append(value)
        if len(values) == MOST:
            break
    if not values:
        sys.exit("measure-sense: no text of 200 to 3,500 bytes there")
    print(f"{len(values)} texts, median {statistics.median(values):.3f}  ({' '.join(f'{v:.2f}' for v in sorted(values))})")


main()
