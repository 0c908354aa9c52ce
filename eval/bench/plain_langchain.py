"""What a user would write with LangChain in an afternoon; the bench runs it, nothing imports it.

plain_langchain.py build MODEL PAGES STORE      pages to a FAISS index
plain_langchain.py ask MODEL STORE QUESTION     one question, as from a shell
plain_langchain.py warm MODEL STORE QUESTIONS   a file of questions; prints latencies and documents as JSON
"""

import json
import resource
import sys
import time
from pathlib import Path

import faiss
import numpy
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

K = 5


def embeddings(model):
    return HuggingFaceEmbeddings(
        model_name=model,
        model_kwargs={"device": "cpu"},
        encode_kwargs={"normalize_embeddings": True, "prompt": "passage: "},
        query_encode_kwargs={"normalize_embeddings": True, "prompt": "query: "},
    )


def build(model, pages, store):
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=300, chunk_overlap=50, separators=["\n\n", "\n", "。", "！", "？", "；", "，", ""]
    )
    texts, names = [], []
    for path in sorted(Path(pages).rglob("*.txt")):
        for chunk in splitter.split_text(path.read_text("utf-8")):
            texts.append(chunk)
            names.append(path.name)
    started = time.perf_counter()
    vectors = numpy.array(embeddings(model).embed_documents(texts), dtype="float32")
    seconds = time.perf_counter() - started
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    Path(store).mkdir(parents=True, exist_ok=True)
    faiss.write_index(index, str(Path(store) / "index.faiss"))
    (Path(store) / "texts.json").write_text(json.dumps([texts, names], ensure_ascii=False), "utf-8")
    print(json.dumps({"passages": len(texts), "seconds": seconds}))


def opened(model, store):
    index = faiss.read_index(str(Path(store) / "index.faiss"))
    texts, names = json.loads((Path(store) / "texts.json").read_text("utf-8"))
    embed = embeddings(model)

    def search(question):
        _, rows = index.search(numpy.array([embed.embed_query(question)], dtype="float32"), 4 * K)
        return [(names[row], texts[row]) for row in rows[0] if row >= 0]

    return search


def ask(model, store, question):
    for name, text in opened(model, store)(question)[:K]:
        print(name, text)


def warm(model, store, questions):
    search = opened(model, store)
    lines = Path(questions).read_text("utf-8").split("\n")
    milliseconds, documents = [], []
    for question in lines[:10]:
        search(question)
    for question in lines:
        started = time.perf_counter()
        found = search(question)
        milliseconds.append((time.perf_counter() - started) * 1000)
        documents.append(list(dict.fromkeys(name for name, _ in found))[:K])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"milliseconds": milliseconds, "documents": documents, "peak_mb": peak}))


if __name__ == "__main__":
    {"build": build, "ask": ask, "warm": warm}[sys.argv[1]](*sys.argv[2:])
