// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Writes and reads safetensors files: named tensors of float or double, as PyTorch's users exchange them.
///
/// A file is the length of its header (8 bytes, little-endian), a JSON header of names, types, shapes and byte ranges, then
/// the data. Writing: into a new file that replaces the old one when complete; data begins at a multiple of 8. Reading: F32
/// and F64 converted to the asked type. Law: what is written is read back bit for bit; any other file, also a hostile one,
/// is read whole or refused: ranges tile the data without hole or overlap, no name comes twice, nothing is allocated
/// beyond the file's own size. Cost: one pass over the file.

#include <sinter/io/json.hpp>
#include <sinter/meta/file.hpp>
#include <sinter/meta/result.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
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

/// Free texts of a file, by name; PyTorch's own writers add {"format", "pt"}.
using file_metadata = std::vector<std::pair<std::string, std::string>>;

/// A tensor that was read; owns its values.
template <std::floating_point Real> struct stored_tensor {
    std::string name;
    std::vector<std::size_t> shape;
    std::vector<Real> values;
};

template <std::floating_point Real> struct tensor_file {
    std::vector<stored_tensor<Real>> tensors;  // in the header's order
    file_metadata metadata;

    /// The tensor of this name, or null.
    const stored_tensor<Real>* find(std::string_view name) const noexcept {
        const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
        return found == tensors.end() ? nullptr : &*found;
    }
};

namespace detail {

inline constexpr std::uint64_t largest_header = 100'000'000;  // the reference implementation's limit

inline std::string text_of(std::span<const std::size_t> shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) (text += i == 0 ? "" : ", ") += std::to_string(shape[i]);
    return text + "]";
}

/// The product of shape in `count`; false where it is above `limit`.
inline bool count_values(std::span<const std::size_t> shape, std::uint64_t limit, std::uint64_t& count) {
    count = 1;
    for (const std::uint64_t extent : shape) {
        if (extent != 0 && count > limit / extent) return false;
        count *= extent;
    }
    return count <= limit;
}

/// Reverses the bytes of each value where the processor is not little-endian as the file is.
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
        const std::size_t count = std::min(numbers.size(), part.size());
        std::copy_n(numbers.begin(), count, part.begin());
        swap_to_little(std::span(part).first(count));
        if (std::fwrite(part.data(), sizeof(Number), count, file) != count) return false;
        numbers = numbers.subspan(count);
    }
    return true;
}

/// Stored numbers of the file, converted to Real; double beyond float's range becomes infinite.
template <class Stored, class Real> bool read_little(std::FILE* file, std::span<Real> numbers) {
    std::array<Stored, 1024> part;
    while (!numbers.empty()) {
        const std::size_t count = std::min(numbers.size(), part.size());
        if (std::fread(part.data(), sizeof(Stored), count, file) != count) return false;
        swap_to_little(std::span(part).first(count));
        std::transform(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count), numbers.begin(),
                       [](Stored number) { return static_cast<Real>(number); });
        numbers = numbers.subspan(count);
    }
    return true;
}

/// What a header says of one tensor; bytes begin to end - 1 of the data are its values.
struct tensor_entry {
    std::string name;
    std::uint64_t width = 0;  // bytes a value: 4 for F32, 8 for F64
    std::vector<std::size_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

struct tensor_header {
    std::vector<tensor_entry> entries;
    file_metadata metadata;
};

inline bool read_dtype(json_reader& json, tensor_entry& entry) {
    std::string dtype;
    if (!json.string(dtype)) return false;
    entry.width = dtype == "F32" ? 4 : dtype == "F64" ? 8 : 0;
    return entry.width != 0 || json.fail("expected dtype F32 or F64, which is all that is read here; found another");
}

inline bool read_shape(json_reader& json, tensor_entry& entry) {
    if (!json.open('[')) return false;
    while (json.next_element()) {
        std::uint64_t extent = 0;
        if (!json.natural(extent)) return false;
        if (extent > SIZE_MAX) return json.fail("extent beyond this machine's size_t");
        entry.shape.push_back(static_cast<std::size_t>(extent));
    }
    return !json.failed();
}

inline bool read_offsets(json_reader& json, tensor_entry& entry) {
    return json.open('[') && json.next_element() && json.natural(entry.begin) && json.next_element() &&
           json.natural(entry.end) && (!json.next_element() || json.fail("expected two data_offsets")) &&
           !json.failed();
}

inline bool read_entry(json_reader& json, tensor_entry& entry) {
    constexpr std::string_view fields[] = {"dtype", "shape", "data_offsets"};
    constexpr bool (*readers[])(json_reader&, tensor_entry&) = {read_dtype, read_shape, read_offsets};
    bool seen[3] = {};
    if (!json.open('{')) return false;
    for (std::string key; json.next_key(key);) {
        const auto field = static_cast<std::size_t>(std::find(fields, fields + 3, key) - fields);
        if (field == 3) return json.fail("a tensor has dtype, shape and data_offsets and nothing else");
        if (seen[field]) return json.fail("a field of a tensor comes twice");
        seen[field] = true;
        if (!readers[field](json, entry)) return false;
    }
    return !json.failed() && ((seen[0] && seen[1] && seen[2]) || json.fail("a tensor lacks a field"));
}

inline bool read_metadata(json_reader& json, file_metadata& metadata) {
    if (!json.open('{')) return false;
    for (std::string key, text; json.next_key(key); metadata.emplace_back(key, text))
        if (!json.string(text)) return false;
    return !json.failed();
}

/// Whether two keys of a list of things are equal.
template <class Things, class Key> bool has_twins(const Things& things, Key key) {
    std::vector<std::string_view> keys;
    for (const auto& thing : things) keys.push_back(key(thing));
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}
inline constexpr auto by_name = [](const auto& thing) -> const std::string& { return thing.name; };
inline constexpr auto by_first = [](const auto& thing) -> const std::string& { return thing.first; };

inline std::string read_header(json_reader& json, tensor_header& header) {
    bool metadata_seen = false;
    if (!json.open('{')) return json.mistake();
    for (std::string key; json.next_key(key);) {
        if (key == "__metadata__") {
            if (metadata_seen) json.fail("__metadata__ comes twice");
            metadata_seen = true;
            read_metadata(json, header.metadata);
        } else {
            header.entries.push_back({.name = key});
            read_entry(json, header.entries.back());
        }
    }
    if (!json.finish()) return json.mistake();
    if (has_twins(header.entries, by_name)) return "a tensor's name comes twice";
    if (has_twins(header.metadata, by_first)) return "a key of __metadata__ comes twice";
    return {};
}

/// The entries in the order of their data. *Returns* what is wrong, or nothing where they tile `size` bytes exactly.
inline std::string order_by_data(const std::vector<tensor_entry>& entries, std::uint64_t size,
                                 std::vector<std::size_t>& order) {
    order.resize(entries.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        return std::pair(entries[left].begin, entries[left].end) < std::pair(entries[right].begin, entries[right].end);
    });
    std::uint64_t at = 0;
    for (const std::size_t i : order) {
        const tensor_entry& entry = entries[i];
        std::uint64_t count = 0;
        if (entry.begin != at || entry.end < entry.begin || entry.end > size)
            return "the bytes of " + entry.name + " overlap others, leave a hole or lie outside the file";
        if (!count_values(entry.shape, size / entry.width, count) || count * entry.width != entry.end - entry.begin)
            return "the shape " + text_of(entry.shape) + " of " + entry.name + " does not fit its " +
                   std::to_string(entry.end - entry.begin) + " bytes";
        at = entry.end;
    }
    return at == size ? "" : "its tensors need " + std::to_string(at) + " bytes of data, the file has " + std::to_string(size);
}

template <class Real> std::string header_of(std::span<const tensor_record<Real>> tensors, const file_metadata& metadata) {
    std::string header = "{";
    const auto key = [&](std::string_view name) {
        if (header.size() > 1 && header.back() != '{') header += ',';
        append_json_string(header, name);
        header += ':';
    };
    if (!metadata.empty()) {
        key("__metadata__");
        header += '{';
        for (const auto& [name, text] : metadata) key(name), append_json_string(header, text);
        header += '}';
    }
    std::size_t offset = 0;
    for (const auto& tensor : tensors) {
        key(tensor.name);
        header += sizeof(Real) == 4 ? R"({"dtype":"F32","shape":[)" : R"({"dtype":"F64","shape":[)";
        for (std::size_t i = 0; i < tensor.shape.size(); ++i)
            (header += i == 0 ? "" : ",") += std::to_string(tensor.shape[i]);
        header += R"(],"data_offsets":[)" + std::to_string(offset);
        offset += tensor.values.size_bytes();
        header += "," + std::to_string(offset) + "]}";
    }
    header += '}';
    header.resize((header.size() + 7) / 8 * 8, ' ');
    return header;
}

template <class Real>
result<void> check_records(std::span<const tensor_record<Real>> tensors, const file_metadata& metadata) {
    for (const auto& tensor : tensors) {
        std::uint64_t count = 0;
        if (!is_utf8(tensor.name) || tensor.name == "__metadata__")
            return error{error_code::bad_argument, "expected a tensor name in UTF-8 other than __metadata__, found " + tensor.name};
        if (!count_values(tensor.shape, SIZE_MAX, count) || count != tensor.values.size())
            return error{error_code::shape_mismatch, "expected as many values for " + tensor.name + " as its shape " +
                                                         text_of(tensor.shape) + " has, found " +
                                                         std::to_string(tensor.values.size())};
    }
    for (const auto& [name, text] : metadata)
        if (!is_utf8(name) || !is_utf8(text))
            return error{error_code::bad_argument, "expected metadata in UTF-8, found " + name + ": " + text};
    if (has_twins(tensors, by_name) || has_twins(metadata, by_first))
        return error{error_code::bad_argument, "expected each name once, found one of a tensor or of metadata twice"};
    return {};
}

}  // namespace detail

/// Replaces the file at path by these tensors, in this order. *Returns* why not, where the old file is left as it was.
template <std::floating_point Real>
result<void> write_safetensors(const std::string& path, std::span<const tensor_record<Real>> tensors,
                               const file_metadata& metadata = {}) {
    static_assert(sizeof(Real) == 4 || sizeof(Real) == 8, "safetensors stores float and double");
    if (const auto fits = detail::check_records(tensors, metadata); !fits) return fits.error();
    const std::string header = detail::header_of(tensors, metadata);
    if (header.size() > detail::largest_header)
        return error{error_code::bad_argument, path + ": expected names and metadata below 100 MB"};
    return replace_file(path, [&](std::FILE* file) {
        const std::uint64_t length[] = {header.size()};
        bool written = detail::write_little(file, std::span<const std::uint64_t>(length)) &&
                       std::fwrite(header.data(), 1, header.size(), file) == header.size();
        for (const auto& tensor : tensors) written = written && detail::write_little(file, tensor.values);
        return written;
    });
}

template <std::floating_point Real>
result<void> write_safetensors(const std::string& path, const std::vector<tensor_record<Real>>& tensors,
                               const file_metadata& metadata = {}) {
    return write_safetensors(path, std::span<const tensor_record<Real>>(tensors), metadata);
}

/// All tensors and texts of a file: `read_safetensors<float>(path)`. *Returns* the whole file's contents, or why not.
template <std::floating_point Real> result<tensor_file<Real>> read_safetensors(const std::string& path) {
    const auto bad = [&](const std::string& what) { return error{error_code::bad_format, path + ": " + what}; };
    const auto opened = open_file(path);
    if (!opened) return opened.error();
    std::FILE* const file = opened->get();
    const auto cut = [&] {
        return std::ferror(file) ? file_error(path, "read") : bad("expected a safetensors file, found its end too early");
    };
    std::uint64_t length[1] = {};
    if (!detail::read_little<std::uint64_t>(file, std::span(length))) return cut();
    const long begin = std::ftell(file);
    if (begin < 0 || std::fseek(file, 0, SEEK_END) != 0) return file_error(path, "find the end of");
    const long end = std::ftell(file);
    if (end < begin || std::fseek(file, begin, SEEK_SET) != 0) return file_error(path, "find the end of");
    const auto rest = static_cast<std::uint64_t>(end - begin);
    if (length[0] > rest || length[0] > detail::largest_header)
        return bad("expected a header of at most " + std::to_string(std::min(rest, detail::largest_header)) +
                   " bytes, found the length " + std::to_string(length[0]) + "; is it a safetensors file, and whole?");
    std::string text(static_cast<std::size_t>(length[0]), ' ');
    if (std::fread(text.data(), 1, text.size(), file) != text.size()) return cut();

    detail::tensor_header header;
    json_reader json(text);
    if (text.empty() || text[0] != '{') return bad("expected a header that begins with {");
    if (const auto mistake = detail::read_header(json, header); !mistake.empty()) return bad("header: " + mistake);
    std::vector<std::size_t> order;
    if (const auto mistake = detail::order_by_data(header.entries, rest - length[0], order); !mistake.empty())
        return bad(mistake);

    tensor_file<Real> contents;
    for (const auto& entry : header.entries) contents.tensors.push_back({entry.name, entry.shape, {}});
    for (const std::size_t i : order) {
        const auto& entry = header.entries[i];
        auto& values = contents.tensors[i].values;
        values.resize(static_cast<std::size_t>((entry.end - entry.begin) / entry.width));
        if (!(entry.width == 4 ? detail::read_little<float>(file, std::span(values))
                               : detail::read_little<double>(file, std::span(values))))
            return cut();
    }
    contents.metadata = std::move(header.metadata);
    return contents;
}

}  // namespace sinter
