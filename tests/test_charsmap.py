"""The compiled table replaces what it was compiled from, and nothing else."""

from __future__ import annotations

import random

from tokenizers.normalizers import Precompiled

from index.charsmap import compile_charsmap


def test_every_character_of_the_table_is_replaced_and_no_other() -> None:
    source = random.Random(1)
    characters = [chr(code) for code in (*range(0x20, 0x300), *range(0x2000, 0x3000), *range(0x1F000, 0x1F100))]
    chosen = source.sample(characters, 800)
    table = {character: source.choice(("", "a", "口岸", "🙂")) for character in chosen}
    normaliser = Precompiled(compile_charsmap(table))
    for character in characters:
        assert normaliser.normalize_str(character) == table.get(character, character), hex(ord(character))


def test_a_string_may_be_replaced_too() -> None:
    normaliser = Precompiled(compile_charsmap({"e\u0301": "é", "½": "1⁄2"}))
    assert normaliser.normalize_str("cafe\u0301 e ½") == "café e 1⁄2"
