"""Columns of keyed pseudonyms and sealed values, held against Python's hmac and the package cryptography."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze import crypto
from hallmark.bronze.subjects import ref_of
from hallmark.lakehouse.keyring import MasterKey, hmac_pads

pytestmark = pytest.mark.compiled

KEY = MasterKey("k7", bytes(range(32)))
_LONG = (
    b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed "
    b"before being used by the HMAC algorithm."
)
RFC_4231 = {  # key, data, HMAC-SHA-256
    1: (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    2: (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    3: (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    4: (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    6: (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    7: (
        b"\xaa" * 131,
        _LONG,
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}
VALUES = ["ann@example.com", "Ünïcödé 🗝 名前", "x" * 5_000, " ", "a\0b", "'); drop table --"]


@pytest.mark.parametrize("case", RFC_4231)
def test_the_rfcs_vectors_hold(spark: SparkSession, case: int) -> None:
    key, data, wanted = RFC_4231[case]
    inner, outer = hmac_pads(key)
    row = spark.createDataFrame([(data, inner, outer)], "data binary, inner binary, outer binary")
    (found,) = row.select(crypto.hmac_sha256(F.col("data"), F.col("inner"), F.col("outer"))).collect()
    assert found[0] == wanted == hmac.new(key, data, hashlib.sha256).hexdigest()


def test_a_pseudonym_is_the_hmac_of_domain_and_value(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(value,) for value in [*VALUES, "", None]], "v string")
    keyed = rows.crossJoin(crypto.key_frame(spark, KEY))
    found = {row[0]: row[1] for row in keyed.select("v", crypto.pseudonym(F.col("v"), "people", "k7")).collect()}
    own = KEY.derived("pseudonym")
    wanted = {v: "k7:" + hmac.new(own, b"people\0" + v.encode(), hashlib.sha256).hexdigest() for v in VALUES}
    assert found == {**wanted, "": "", None: None}
    assert not {hashlib.sha256(v.encode()).hexdigest() for v in VALUES} & {text[3:] for text in wanted.values()}


def test_what_python_calls_a_subject_spark_calls_it_too(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(value,) for value in [*VALUES, "", None]], "v string")
    keyed = rows.crossJoin(crypto.key_frame(spark, KEY))
    found = {row[0]: row[1] for row in keyed.select("v", crypto.subject_ref(F.col("v"), "d")).collect()}
    assert found == {**{v: ref_of(KEY, v, "d") for v in VALUES}, "": None, None: None}


def test_a_cell_is_aes_gcm_under_the_subjects_own_wrapped_key(spark: SparkSession) -> None:
    refs = spark.createDataFrame([(ref_of(KEY, name, "d"),) for name in ("one", "two")], "ref string")
    new = refs.crossJoin(crypto.key_frame(spark, KEY)).select("ref", crypto.wrapped_new_key(F.col("ref")).alias("w"))
    wrapped = {row["ref"]: bytes(row["w"]) for row in new.collect()}
    wrap = AESGCM(KEY.derived("wrap"))
    keys = {ref: wrap.decrypt(text[:12], text[12:], ref.encode()) for ref, text in wrapped.items()}
    assert {len(key) for key in keys.values()} == {32}
    assert len(set(keys.values())) == 2

    given = [(v, ref, w) for ref, w in wrapped.items() for v in VALUES]
    rows = spark.createDataFrame(given, "v string, ref string, w binary").crossJoin(crypto.key_frame(spark, KEY))
    cells = rows.select("v", "ref", "w", *map(F.col, rows.columns[3:]),
                        crypto.seal(F.col("v"), "t.f", "k7", F.col("ref"), F.col("w")).alias("cell"))  # fmt: skip
    told = cells.select(
        "v", "ref", "cell", crypto.opened(F.col("cell"), F.col("ref"), F.col("w")).alias("text")
    ).collect()
    for row in told:
        key_id, ref, code = row["cell"].split(":")
        sealed = base64.b64decode(code, validate=True)
        assert (key_id, ref) == ("k7", row["ref"])
        assert AESGCM(keys[ref]).decrypt(sealed[:12], sealed[12:], ref.encode()).decode() == row["v"]
        assert row["text"] == row["v"]
    assert len({row["cell"].split(":")[2] for row in told}) == len(given)  # another key, another cell


def test_keys_are_in_no_plan(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    frame = crypto.key_frame(spark, KEY)
    rows = spark.range(3).select(F.col("id").cast("string").alias("v")).crossJoin(F.broadcast(frame))
    pseudonyms = rows.select(crypto.pseudonym(F.col("v"), "people", "k7"))
    pseudonyms.collect()
    for mode in ("extended", "formatted", "codegen"):
        pseudonyms.explain(mode)
    told = capsys.readouterr().out.lower()
    secrets = [bytes(value).hex() for value in frame.collect()[0]]
    assert "localrelation" in told
    assert not [secret for secret in secrets if secret[:16] in told]


def test_a_destroyed_key_leaves_a_word_in_place_of_a_value(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("ann", "f" * 32, None)], "v string, ref string, w binary")
    keyed = rows.crossJoin(crypto.key_frame(spark, KEY))
    cell = crypto.seal(F.col("v"), "t.f", "k7", F.col("ref"), F.col("w"))
    assert keyed.select(cell).collect()[0][0] == f"k7:{'f' * 32}:forgotten"
