"""End-to-end tests: the images, composed, on a real engine. They need docker's socket and the host's network.

    """The first start comes first: it is measured from nothing. Then what takes longest, so that no worker is left with it at the end.
    The tests of a module that use the stack are a group, so that few stacks are made."""
    first = ("test_first_start", "test_acknowledged", "test_old_volumes", "test_faults")
    items.sort(key=lambda item: next((place for place, name in enumerate(first) if name in item.nodeid), len(first)))
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(f"stack-{item.module.__name__}"))
