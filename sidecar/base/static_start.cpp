// In a static executable the compiler's start file registers the tables for exceptions, and libgcc
// then reads every one of them, at each start: a third of all instructions of a check. The linker
// adds a sorted index of the tables instead (--eh-frame-hdr), which libgcc finds by itself when
// something is thrown, and sends the registration here (--wrap in cmake/compiler.cmake).

// NOLINTBEGIN(bugprone-reserved-identifier): the names are the linker's
extern "C" {

void __wrap___register_frame_info(const void*, void*) {}

void* __wrap___deregister_frame_info(const void*) {
    return nullptr;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
