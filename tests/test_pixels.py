from tfkit.pixels import GRAYS, picture


def test_equal_neighbours_are_one_shape_and_equal_steps_one_path():
    drawn = picture([[3, 3], [3, 4]], 0, 0, 20)
    assert (drawn.count("M"), drawn.count("<path")) == (3, 2)


def test_a_picture_fits_into_its_square_in_the_colours_asked_for():
    drawn = picture([[0, 15, 15, 0]], 5, 7, 10, ("#a",) * 15 + ("#b",))
    assert drawn == (
        '<g transform="translate(5 7) scale(2.5)" shape-rendering="crispEdges">'
        '<path d="M0 0h1v1h-1zM3 0h1v1h-1z" fill="#a"/><path d="M1 0h2v1h-2z" fill="#b"/></g>'
    )
    assert (GRAYS[0], GRAYS[15], len(GRAYS)) == ("#000000", "#ffffff", 16)
