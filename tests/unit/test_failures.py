"""What the driver raises, in our words."""

import pytest

from graphstore.database.failures import interruption_behind


def stumble(interruption):
    """An error that came up while another one was cleaned up after."""
    try:
        try:
            raise interruption
        except BaseException:
            raise ValueError("closed") from None
    except ValueError:
        raise BufferError("in use") from None


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit(1)])
def test_an_interruption_is_known_behind_the_error_that_it_led_to(interruption):
    with pytest.raises(BufferError) as excinfo:
        stumble(interruption)
    assert interruption_behind(excinfo.value) is interruption


def test_an_interruption_is_one_by_itself_and_the_end_of_a_generator_is_none():
    error = KeyboardInterrupt()
    assert interruption_behind(error) is error
    assert interruption_behind(GeneratorExit()) is None


def test_what_was_handled_before_did_not_interrupt_the_call():
    handled = KeyboardInterrupt()
    with pytest.raises(BufferError) as excinfo:
        stumble(handled)
    assert interruption_behind(excinfo.value, handled) is None


def test_an_error_of_another_error_was_not_interrupted():
    with pytest.raises(BufferError) as excinfo:
        stumble(OSError())
    assert interruption_behind(excinfo.value) is None
