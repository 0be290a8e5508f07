"""What somebody calls a thing steers no terminal and breaks no picture."""

import logging
import xml.etree.ElementTree as ET

import pytest

import graphstore.printable
from graphstore.render.charts import Panel, svg

NAME = "\x1b]0;owned\x07\u202e"


@pytest.mark.parametrize("name", ["graphstore", "graphstore.database", "graphstore.local"])
def test_a_warning_shows_control_characters(caplog, name):
    logging.getLogger(name).warning("there is nothing at %s", NAME)
    assert caplog.messages == [r"there is nothing at \x1b]0;owned\x07\u202e"]


def test_a_warning_without_them_stays_as_it_is(caplog):
    logging.getLogger("graphstore").warning("there is nothing at %s", "/data")
    assert caplog.records[0].args == ("/data",)
    assert graphstore.printable.printable("/data") == "/data"


def test_a_chart_of_any_name_is_xml():
    ET.fromstring(svg(NAME, [Panel(NAME, [0.5])], [NAME], ["COMPLETE"], [NAME]))
