// In a static executable, the compiler's startup code registers the exception tables. libgcc then
// reads all of them at each start, which is a third of all instructions of a check. The linker adds
// a sorted index of the tables instead (--eh-frame-hdr), which libgcc uses when an exception is
// thrown. The linker also redirects the registration to these functions (--wrap in
// cmake/compiler.cmake).

// NOLINTBEGIN(bugprone-reserved-identifier): the linker defines the names
extern "C" {

void __wrap___register_frame_info(const void*, void*) {}

void* __wrap___deregister_frame_info(const void*) {
    return nullptr;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
