from jaxflav.io.errors import UnknownNameError


def test_message_suggests_the_closest_and_lists_all():
    message = str(UnknownNameError("parameter", "m_B+", ["m_Bs", "tau", "G_F"]))
    assert message == "unknown parameter 'm_B+': did you mean m_Bs? Known: G_F, m_Bs, tau"


def test_message_without_a_close_match():
    assert str(UnknownNameError("set", "xyz", ["abc"])) == "unknown set 'xyz': Known: abc"
