"""The promise of a client's store: subclass ``ClientStoreContract`` and give it a ``store`` fixture."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from lychgate.kernel.record import Record

KEYS = ["plain", "https://auth.example.org robot a b", "Æther/../../x\0\n", "x" * 5000, ""]


class ClientStoreContract:
    @pytest.fixture
    def store(self) -> Any:
        raise NotImplementedError

    def test_what_was_never_kept_is_none(self, store: Any) -> None:
        assert store.load("nothing") is None
        assert store.keys() == []

    @pytest.mark.parametrize("key", KEYS)
    def test_a_record_comes_back_as_it_was_kept_whatever_its_key(self, store: Any, key: str) -> None:
        record = Record(
            {"access": "æ\u2028\U0001f600", "list": [1, None, 2.5], "deep": {"a": {"b": True}}}, "ada", "here"
        )
        store.save(key, record)
        assert store.load(key) == record
        assert store.keys() == [key]

    def test_the_last_one_kept_holds(self, store: Any) -> None:
        for number in range(5):
            store.save("k", Record({"n": number}))
        assert store.load("k") == Record({"n": 4})
        assert store.keys() == ["k"]

    def test_keys_do_not_touch_one_another(self, store: Any) -> None:
        store.save("a", Record({"n": 1}))
        store.save("b", Record({"n": 2}))
        store.save("a", None)
        assert store.load("a") is None
        assert store.load("b") == Record({"n": 2})
        assert store.keys() == ["b"]

    def test_forgetting_what_is_not_there_is_no_error(self, store: Any) -> None:
        store.save("nothing", None)
        store.save("nothing", None)

    def test_a_reader_never_sees_a_half(self, store: Any) -> None:
        """Records whose two ends agree; writers of different sizes, readers at the same time."""
        failures: list[str] = []
        stop = threading.Event()

        def write(mark: str) -> None:
            for size in range(60):
                store.save("k", Record({"begin": mark, "fill": mark * size * 300, "end": mark}))

        def read() -> None:
            while not stop.is_set():
                record = store.load("k")
                if record is not None and record.data["begin"] != record.data["end"]:
                    failures.append("torn")

        readers = [threading.Thread(target=read) for _ in range(2)]
        writers = [threading.Thread(target=write, args=(mark,)) for mark in "abc"]
        for thread in readers + writers:
            thread.start()
        for thread in writers:
            thread.join(60)
        stop.set()
        for thread in readers:
            thread.join(10)
        assert not failures
        assert store.load("k") is not None

    def test_its_repr_shows_nothing_of_what_is_kept(self, store: Any) -> None:
        store.save("k", Record({"access": "very-secret-text"}))
        assert "very-secret-text" not in repr(store) + repr(store.load("k"))

    def test_a_lock_excludes_another_of_the_same_key_alone(self, store: Any) -> None:
        first, second, other = store.lock("k"), store.lock("k"), store.lock("other")
        if first is None:
            assert second is None
            return
        assert first.try_acquire()
        assert not second.try_acquire()
        assert other.try_acquire()
        first.release()
        first.release()
        assert second.try_acquire()
        second.release()
        other.release()
