// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Writes and reads safetensors files: named tensors of float or double, as PyTorch's users exchange them.
///
/// Writing: into a new file that replaces the old one when complete (meta/replace_file.hpp). Reading: F32, F64, F16
/// and BF16, converted to the asked type (io/dtype.hpp); who wants some tensors only opens the file
/// (io/safetensors_file.hpp). Law: what is written is read back bit for bit; any other file, also a hostile one, is
/// read whole or refused, and memory grows only in proportion to the file that is there. Cost: one pass over the
/// file.

#include <sinter/io/safetensors_file.hpp>
#include <sinter/meta/late.hpp>
#include <sinter/meta/memory.hpp>
#include <sinter/meta/replace_file.hpp>
#include <sinter/meta/result.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
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
            return error{error_code::unknown_name, words("expected a tensor ", printable(name), ", found none among ",
                                                         tensors.size(), "; is it another network's file?")};
        if (!std::equal(shape.begin(), shape.end(), tensor->shape.begin(), tensor->shape.end()))
            return error{
                error_code::shape_mismatch,
                words("expected the shape ", detail::text_of(shape, detail::shown_extents), " for ",
                      printable(tensor->name), ", found ", detail::text_of(tensor->shape, detail::shown_extents))};
        return tensor->values.data();
    }
};

namespace detail {

/// Numbers as a file has them: reversed in parts where the processor is not little-endian.
template <std::floating_point Real> bool write_little(output_file& file, std::span<const Real> numbers) {
    if constexpr (std::endian::native == std::endian::little) return file.write(numbers.data(), numbers.size_bytes());
    using bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
    return std::all_of(numbers.begin(), numbers.end(), [&](const Real number) {
        const bits little = from_little(std::bit_cast<bits>(number));
        return file.write(&little, sizeof little);
    });
}

}  // namespace detail

/// Replaces the file at path by these tensors, in this order. *Returns* why not, where the old file is left as it was.
template <std::floating_point Real>
result<void> write_safetensors(const std::string& path, const std::vector<tensor_record<Real>>& tensors,
                               const meta::late_t<file_metadata, Real>& metadata = {}) {
    static_assert(sizeof(Real) == 4 || sizeof(Real) == 8, "safetensors stores float and double");
    return meta::within_memory(path, [&]() -> result<void> {
        basic_tensor_header<meta::late_t<std::string, Real>> header{{}, metadata};
        std::uint64_t offset = 0;
        for (const auto& tensor : tensors) {
            std::uint64_t count = 0;
            if (!detail::count_values(tensor.shape, SIZE_MAX, count) || count != tensor.values.size())
                return error{
                    error_code::shape_mismatch,
                    words("expected as many values for ", printable(tensor.name), " as its shape ",
                          detail::text_of(tensor.shape, detail::shown_extents), " has, found ", tensor.values.size())};
            const std::uint64_t begin = std::exchange(offset, offset + tensor.values.size_bytes());
            header.entries.push_back(
                {tensor.name, sizeof(Real) == 4 ? dtype::f32 : dtype::f64, tensor.shape, begin, offset});
        }
        if (const auto wrong = detail::check_names(header); !wrong.empty())
            return error{error_code::bad_argument, words(printable(path, 4096), ": ", wrong)};
        const auto text = write_tensor_header(header);
        if (text.size() > detail::largest_header)
            return error{error_code::bad_argument, words(printable(path, 4096), ": expected names and metadata below ",
                                                         detail::largest_header, " bytes, found ", text.size())};
        return replace_file(path, [&](output_file& file) {
            unsigned char length[8];
            for (unsigned i = 0; i < 8; ++i) length[i] = static_cast<unsigned char>(text.size() >> 8 * i);
            bool written = file.write(length, sizeof length) && file.write(text);
            for (const auto& tensor : tensors) written = written && detail::write_little(file, tensor.values);
            return written;
        });
    });
}

/// All tensors and texts of a file: `read_safetensors<float>(path)`. *Returns* the whole contents, or why not.
template <std::floating_point Real> result<tensor_file<Real>> read_safetensors(const std::string& path) {
    using string = meta::late_t<std::string, Real>;
    return meta::within_memory(path, [&]() -> result<tensor_file<Real>> {
        const auto file = open_safetensors(string(path));
        if (!file) return file.error();
        std::uint64_t values = 0;
        for (const auto& entry : file->header().entries) {
            if (const auto readable = file->expect_readable(entry); !readable) return readable.error();
            values += (entry.end - entry.begin) * 8 / bits_of(entry.dtype);
        }
        if (values > SIZE_MAX / sizeof(Real) || !meta::has_memory(static_cast<std::size_t>(values) * sizeof(Real)))
            return meta::out_of_memory(path, static_cast<std::size_t>(values) * sizeof(Real));
        tensor_file<Real> contents{{}, file->header().metadata};
        contents.tensors.reserve(file->header().entries.size());
        for (const auto& entry : file->header().entries) {
            std::vector<Real> numbers(static_cast<std::size_t>((entry.end - entry.begin) * 8 / bits_of(entry.dtype)));
            if (const auto read = file->read(entry, numbers.data()); !read) return read.error();
            contents.tensors.push_back({entry.name, entry.shape, std::move(numbers)});
        }
        return contents;
    });
}

}  // namespace sinter
