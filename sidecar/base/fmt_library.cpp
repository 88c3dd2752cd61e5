// The compiled part of fmt. Debian has fmt only as headers and as a shared library. Header-only use
// compiles this part into every file, which doubles the build time. These are the instantiations
// that this project links to.
#include <fmt/format-inl.h>

template void fmt::detail::buffer<char>::append<char>(const char*, const char*);
template void fmt::detail::vformat_to(fmt::detail::buffer<char>&, fmt::string_view,
                                      fmt::detail::vformat_args<>::type, fmt::detail::locale_ref);
template auto fmt::detail::thousands_sep_impl(fmt::detail::locale_ref)
    -> fmt::detail::thousands_sep_result<char>;
template auto fmt::detail::decimal_point_impl(fmt::detail::locale_ref) -> char;
template auto fmt::detail::dragonbox::to_decimal(float) noexcept
    -> fmt::detail::dragonbox::decimal_fp<float>;
template auto fmt::detail::dragonbox::to_decimal(double) noexcept
    -> fmt::detail::dragonbox::decimal_fp<double>;
