// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Writes and reads safetensors files: named tensors of float or double, as PyTorch's users exchange them.
///
/// A file is the length of its header (8 bytes, little-endian), the header (io/safetensors_header.hpp), then the data.
/// Writing: into a new file that replaces the old one when complete. Reading: F32 and F64, converted to the asked type.
/// Law: what is written is read back bit for bit; any other file, also a hostile one, is read whole or refused, and
/// memory grows only in proportion to the file that is there. Cost: one pass over the file.

#include <sinter/io/safetensors_header.hpp>
#include <sinter/meta/file.hpp>
#include <sinter/meta/late.hpp>
#include <sinter/meta/result.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sinter {

/// A tensor to write, row-major; its values stay the caller's.
template <std::floating_point Real> struct tensor_record {
    std::string name;
    std::vector<std::size_t> shape;
    std::span<const Real> values;
};

/// A tensor that was read; owns its values.
template <std::floating_point Real> struct stored_tensor {
    std::string name;
    std::vector<std::size_t> shape;
    std::vector<Real> values;
};

/// A file's contents, in the order of its header.
template <std::floating_point Real> struct tensor_file {
    std::vector<stored_tensor<Real>> tensors;
    meta::late_t<file_metadata, Real> metadata;

    /// The tensor of this name, or null.
    const stored_tensor<Real>* find(std::string_view name) const noexcept {
        const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
        return found == tensors.end() ? nullptr : &*found;
    }

    /// The values of the tensor of this name and shape. *Returns* unknown_name or shape_mismatch where there is none.
    result<const Real*> values(std::string_view name, std::span<const std::size_t> shape) const {
        const stored_tensor<Real>* tensor = find(name);
        if (tensor == nullptr)
            return error{error_code::unknown_name, words("expected a tensor ", name, ", found none among ",
                                                         tensors.size(), "; is it another network's file?")};
        if (!std::equal(shape.begin(), shape.end(), tensor->shape.begin(), tensor->shape.end()))
            return error{error_code::shape_mismatch, words("expected the shape ", detail::text_of(shape), " for ",
                                                           tensor->name, ", found ", detail::text_of(tensor->shape))};
        return tensor->values.data();
    }
};

namespace detail {

inline constexpr std::uint64_t largest_header = 100'000'000;  // the reference implementation's limit

/// Reverses the bytes of each number where the processor is not little-endian, as the file is.
template <class Number> void swap_to_little(std::span<Number> numbers) {
    if constexpr (std::endian::native != std::endian::little)
        for (Number& number : numbers) {
            auto bytes = std::bit_cast<std::array<unsigned char, sizeof(Number)>>(number);
            std::reverse(bytes.begin(), bytes.end());
            number = std::bit_cast<Number>(bytes);
        }
}

template <class Number> bool write_little(std::FILE* file, std::span<const Number> numbers) {
    std::array<Number, 1024> part;
    while (!numbers.empty()) {
        const std::size_t count = (std::min)(numbers.size(), part.size());
        std::copy_n(numbers.begin(), count, part.begin());
        swap_to_little(std::span(part).first(count));
        if (std::fwrite(part.data(), sizeof(Number), count, file) != count) return false;
        numbers = numbers.subspan(count);
    }
    return true;
}

/// Numbers stored as Stored, converted; a double beyond float's range becomes infinite.
template <class Stored, class Number> bool read_little(std::FILE* file, std::span<Number> numbers) {
    if constexpr (std::is_same_v<Stored, Number>) {
        if (std::fread(numbers.data(), sizeof(Number), numbers.size(), file) != numbers.size()) return false;
        swap_to_little(numbers);
    } else {
        std::array<Stored, 1024> part;
        while (!numbers.empty()) {
            const std::size_t count = (std::min)(numbers.size(), part.size());
            if (std::fread(part.data(), sizeof(Stored), count, file) != count) return false;
            swap_to_little(std::span(part).first(count));
            for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<Number>(part[i]);
            numbers = numbers.subspan(count);
        }
    }
    return true;
}

/// The length of the header and that of everything behind the length field; the file then stands at the header.
template <class Length>
result<std::array<Length, 2>> read_lengths(std::FILE* file, const std::string& path) {
    Length header = 0;
    errno = 0;
    if (!read_little<Length>(file, std::span<Length>(&header, 1)))
        return std::ferror(file)
                   ? file_error(path, "read")
                   : error{error_code::bad_format, path + ": expected a header's length, found fewer than 8 bytes"};
    const long begin = std::ftell(file);
    if (begin < 0 || std::fseek(file, 0, SEEK_END) != 0) return file_error(path, "find the end of");
    const long end = std::ftell(file);
    if (end < begin || std::fseek(file, begin, SEEK_SET) != 0) return file_error(path, "find the end of");
    const auto rest = static_cast<Length>(end - begin);
    if (header > rest || header > largest_header)
        return error{error_code::bad_format,
                     words(path, ": expected a header of at most ", (std::min)(rest, largest_header),
                           " bytes, found the length ", header, "; is it a safetensors file, and whole?")};
    return std::array{header, rest};
}

}  // namespace detail

/// Replaces the file at path by these tensors, in this order. *Returns* why not, where the old file is left as it was.
template <std::floating_point Real>
result<void> write_safetensors(const std::string& path, const std::vector<tensor_record<Real>>& tensors,
                               const meta::late_t<file_metadata, Real>& metadata = {}) {
    static_assert(sizeof(Real) == 4 || sizeof(Real) == 8, "safetensors stores float and double");
    basic_tensor_header<meta::late_t<std::string, Real>> header{{}, metadata};
    std::uint64_t offset = 0;
    for (const auto& tensor : tensors) {
        std::uint64_t count = 0;
        if (!detail::count_values(tensor.shape, SIZE_MAX, count) || count != tensor.values.size())
            return error{error_code::shape_mismatch,
                         words("expected as many values for ", tensor.name, " as its shape ",
                               detail::text_of(tensor.shape), " has, found ", tensor.values.size())};
        const std::uint64_t begin = std::exchange(offset, offset + tensor.values.size_bytes());
        header.entries.push_back({tensor.name, sizeof(Real), tensor.shape, begin, offset});
    }
    if (const auto wrong = detail::check_names(header); !wrong.empty())
        return error{error_code::bad_argument, path + ": " + wrong};
    const auto text = write_tensor_header(header);
    if (text.size() > detail::largest_header)
        return error{error_code::bad_argument, path + ": expected names and metadata below 100 MB"};
    return replace_file(path, [&](std::FILE* file) {
        const meta::late_t<std::uint64_t, Real> length = text.size();
        bool written = detail::write_little(file, std::span(&length, 1)) &&
                       std::fwrite(text.data(), 1, text.size(), file) == text.size();
        for (const auto& tensor : tensors) written = written && detail::write_little(file, tensor.values);
        return written;
    });
}

/// All tensors and texts of a file: `read_safetensors<float>(path)`. *Returns* the whole contents, or why not.
template <std::floating_point Real> result<tensor_file<Real>> read_safetensors(const std::string& path) {
    using string = meta::late_t<std::string, Real>;
    const auto opened = open_file(string(path));
    if (!opened) return opened.error();
    std::FILE* const file = opened->get();
    const auto cut = [&] {
        return std::ferror(file) ? file_error(path, "read")
                                 : error{error_code::io_failed, path + ": became shorter while it was read"};
    };
    const auto lengths = detail::read_lengths<std::uint64_t>(file, path);
    if (!lengths) return lengths.error();
    const auto [header_size, rest] = *lengths;
    string text(static_cast<std::size_t>(header_size), ' ');
    if (std::fread(text.data(), 1, text.size(), file) != text.size()) return cut();
    auto header = parse_tensor_header<string>(text, rest - header_size);
    if (!header) return error{header.error().code, path + ": " + header.error().message};

    tensor_file<Real> contents{std::vector<stored_tensor<Real>>(header->entries.size()), std::move(header->metadata)};
    std::vector<std::size_t> order(header->entries.size());  // of the data: the file is read without jumps
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        return header->entries[left].begin < header->entries[right].begin;
    });
    for (const std::size_t i : order) {
        auto& entry = header->entries[i];
        std::vector<Real> values(static_cast<std::size_t>((entry.end - entry.begin) / entry.width));
        if (!(entry.width == 4 ? detail::read_little<float>(file, std::span(values))
                               : detail::read_little<double>(file, std::span(values))))
            return cut();
        contents.tensors[i] = {std::move(entry.name), std::move(entry.shape), std::move(values)};
    }
    return contents;
}

}  // namespace sinter
