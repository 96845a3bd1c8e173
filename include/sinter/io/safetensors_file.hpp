// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A safetensors file that is open: its checked header, and any one tensor's values on demand.
///
/// A file is the length of its header (8 bytes, little-endian), the header (io/safetensors_header.hpp), then the data.
/// In: a path. Out: entries, and numbers read into the caller's memory. Law: what is not asked for is not read, however
/// large; memory is taken for the header alone, which is at most 100 MB and no longer than the file.

#include <sinter/io/safetensors_header.hpp>
#include <sinter/meta/file.hpp>
#include <sinter/meta/memory.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace sinter {

namespace detail {
inline constexpr std::uint64_t largest_header = 100'000'000;  // the reference implementation's limit
}  // namespace detail

template <class String>
class basic_safetensors_file {
public:
    using entry_type = basic_tensor_entry<String>;

    const String& path() const noexcept { return file_.path(); }
    const basic_tensor_header<String>& header() const noexcept { return header_; }

    /// The values of a tensor of this file, to `numbers`, which has room for them; as io/dtype.hpp says. *Returns* why
    /// not: bad_format for a type that is not read, and for a number beyond Real.
    template <std::floating_point Real>
    result<void> read(const entry_type& entry, Real* numbers) const {
        if (const auto readable = expect_readable(entry); !readable) return readable.error();
        const std::uint64_t first = data_ + entry.begin;
        const std::size_t width = bits_of(entry.dtype) / 8;
        const auto size = static_cast<std::size_t>(entry.end - entry.begin);
        const bool as_it_is = entry.dtype == (std::is_same_v<Real, float> ? dtype::f32 : dtype::f64);
        if (as_it_is && std::endian::native == std::endian::little) return file_.read(numbers, size, first);
        unsigned char part[1 << 14];
        for (std::size_t done = 0; done < size;) {
            const std::size_t bytes = (std::min)(sizeof part, size - done), count = bytes / width;
            if (const auto read = file_.read(part, bytes, first + done); !read) return read.error();
            const std::size_t converted = detail::convert_stored(entry.dtype, part, count, numbers + done / width);
            if (converted < count) return beyond(entry, done / width + converted);
            done += bytes;
        }
        return {};
    }

    /// Success where read() knows the tensor's type.
    result<void> expect_readable(const entry_type& entry) const {
        if (is_readable(entry.dtype)) return {};
        return error{error_code::bad_format,
                     words(printable(path(), 4096), ": expected the dtype F32, F64, F16 or BF16 of ",
                           printable(entry.name, 100), ", found ", name_of(entry.dtype))};
    }

private:
    template <class Path>
    friend result<basic_safetensors_file<Path>> open_safetensors(const Path& path);

    basic_safetensors_file(basic_input_file<String> file, basic_tensor_header<String> header, std::uint64_t data)
        : file_(std::move(file)), header_(std::move(header)), data_(data) {}

    error beyond(const entry_type& entry, std::size_t element) const {
        return {error_code::bad_format,
                words(printable(path(), 4096), ": expected numbers of ", printable(entry.name, 100),
                      " that a float can hold, found a larger one at element ", element, "; load it into double")};
    }

    basic_input_file<String> file_;
    basic_tensor_header<String> header_;
    std::uint64_t data_;  // where the data begins
};
using safetensors_file = basic_safetensors_file<std::string>;

/// Opens the file at path and checks its header. *Returns* why not.
template <class String>
result<basic_safetensors_file<String>> open_safetensors(const String& path) {
    auto file = open_file(path);
    if (!file) return file.error();
    const auto bad = [&](const auto&... what) {
        return error{error_code::bad_format, words(printable(path, 4096), ": ", what...)};
    };
    unsigned char bytes[8] = {};
    if (file->size() < sizeof bytes) return bad("expected a header's length, found fewer than 8 bytes");
    if (const auto read = file->read(bytes, sizeof bytes, 0); !read) return read.error();
    const auto length = detail::load_little<std::uint64_t>(bytes);
    const std::uint64_t rest = file->size() - sizeof bytes;
    if (length > rest || length > detail::largest_header)
        return bad("expected a header of at most ", (std::min)(rest, detail::largest_header),
                   " bytes, found the length ", length, "; is it a safetensors file, and whole?");
    String text;
    if (!meta::reserve(text, static_cast<std::size_t>(length)))
        return meta::out_of_memory(path, static_cast<std::size_t>(length));
    text.resize(static_cast<std::size_t>(length));
    if (const auto read = file->read(text.data(), text.size(), sizeof bytes); !read) return read.error();
    auto header = parse_tensor_header<String>(text, rest - length);
    if (!header) return bad(header.error().message);
    return basic_safetensors_file<String>(std::move(*file), std::move(*header), sizeof bytes + length);
}

}  // namespace sinter
