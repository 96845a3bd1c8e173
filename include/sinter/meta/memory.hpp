// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Memory whose size a file names: where it is not to be had, that is an error like any other.
///
/// In: a vector and a size, or a function that allocates as it likes. Out: whether there was memory. Law: functions
/// that return result and read files let no std::bad_alloc out (tests/io/safetensors.cpp). Under -fno-exceptions only
/// what a file's sizes ask for is tested beforehand; small allocations that fail end the program, as everywhere.

#include <sinter/config.hpp>
#include <sinter/meta/result.hpp>
#include <sinter/meta/utf8.hpp>

#include <cstddef>
#include <new>
#include <string>

namespace sinter::meta {

/// Whether so many bytes could be had now, one after the other.
inline bool has_memory(std::size_t bytes) noexcept {
    void* const probe = ::operator new(bytes, std::nothrow);
    ::operator delete(probe);
    return probe != nullptr;
}

/// Gives `values` room for `size` elements, none of which is touched. *Returns* whether there is memory.
template <class Vector>
bool reserve(Vector& values, std::size_t size) {
    if (size > values.max_size() || !has_memory(size * sizeof(values[0]))) return false;
    values.reserve(size);
    return true;
}

/// What is said where memory for the contents of a file is not to be had.
template <class String>
SINTER_COLD error out_of_memory(const String& path, std::size_t bytes) {
    return {error_code::io_failed, words(printable(path), ": expected ", bytes, " bytes of memory for it, found less")};
}

/// What read() returns, or an error where it runs out of memory.
template <class String, class Read>
auto within_memory(const String& path, Read&& read) -> decltype(read()) {
#if SINTER_HAS_EXCEPTIONS
    try {
        return read();
    } catch (const std::bad_alloc&) {
        return error{error_code::io_failed, words(printable(path), ": expected more memory than there is")};
    }
#else
    static_cast<void>(path);
    return read();
#endif
}

}  // namespace sinter::meta
