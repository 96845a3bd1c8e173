// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Reads IDX files, the format of MNIST and its siblings: a big-endian header of type, rank and extents, then bytes.
///
/// In: a path, plain or gzip. Out: extents and values, or an error that names path, expected and found. Law: any file,
/// also a hostile one, is read whole or refused (tests/data/idx.cpp): a plain file's size is compared with its header
/// before memory is taken, a packed file's claim with its own size, and memory is touched only as bytes arrive. A byte
/// too few or too many is an error. Cost: data/byte_source.hpp. Links zlib.

#include <sinter/data/byte_source.hpp>
#include <sinter/meta/memory.hpp>
#include <sinter/meta/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sinter {

struct idx_array {
    std::vector<std::size_t> shape;
    std::vector<std::uint8_t> values;
};

/// The most values that are read from one file.
inline constexpr std::size_t largest_idx = std::size_t{1} << 31;

/// A packed file of more values than largest_unasked may hold so many times its own size; images come to 5, and gzip
/// can reach 1,032 with values that are all equal.
inline constexpr std::size_t largest_packing = 100, largest_unasked = std::size_t{1} << 26;

namespace detail {

/// An IDX file whose header was read: the extents, and on demand the values.
class idx_reader {
public:
    explicit idx_reader(const std::string& path) : source_(path) {}

    const std::string& path() const noexcept { return source_.path(); }
    const std::vector<std::size_t>& shape() const noexcept { return shape_; }
    error bad(const std::string& what) const { return source_.bad(what); }

    /// Reads and checks the header of a file of unsigned bytes of this rank.
    result<void> open(std::size_t rank) {
        if (const auto opened = source_.open(); !opened) return opened.error();
        std::uint8_t magic[4] = {};
        if (const auto read = source_.read(magic, sizeof magic); !read) return read.error();
        constexpr std::uint8_t unsigned_byte = 8;
        if (magic[0] != 0 || magic[1] != 0 || magic[2] != unsigned_byte || magic[3] != rank)
            return source_.bad(words("expected an IDX file of unsigned bytes of rank ", rank, ", magic 0 0 8 ", rank,
                                     ", found ", magic[0], " ", magic[1], " ", magic[2], " ", magic[3]));
        for (std::size_t axis = 0; axis < rank; ++axis)
            if (const auto read = read_extent(axis); !read) return read.error();
        return check_size(4 + 4 * rank);
    }

    /// The values behind the header. *Returns* why not, where anything is missing, damaged or too much.
    result<std::vector<std::uint8_t>> values() {
        std::vector<std::uint8_t> values;
        if (!meta::reserve(values, count_)) return meta::out_of_memory(path(), count_);
        constexpr std::size_t part = std::size_t{1} << 20;
        for (std::size_t done = 0; done < count_; done = values.size()) {
            values.resize((std::min)(count_, done + part));
            if (const auto read = source_.read(values.data() + done, values.size() - done); !read) return read.error();
        }
        if (const auto finished = source_.finish(); !finished) return finished.error();
        return values;
    }

private:
    result<void> read_extent(std::size_t axis) {
        std::uint8_t word[4] = {};
        if (const auto read = source_.read(word, sizeof word); !read) return read.error();
        const std::size_t extent =
            std::size_t{word[0]} << 24 | std::size_t{word[1]} << 16 | std::size_t{word[2]} << 8 | std::size_t{word[3]};
        if (extent == 0) return source_.bad(words("axis ", axis, " has the extent 0, so it holds nothing"));
        if (extent > largest_idx / count_)
            return source_.bad(
                words("its header claims more than ", largest_idx, " values; is it an IDX file, and whole?"));
        count_ *= extent;
        shape_.push_back(extent);
        return {};
    }

    /// Whether the file can hold what its header claims.
    result<void> check_size(std::size_t header) const {
        if (!source_.is_packed() && source_.size() != header + count_)
            return source_.bad(words("expected ", header + count_, " bytes as its header says, found ", source_.size(),
                                     "; copy or download it again"));
        if (source_.is_packed() && count_ > largest_unasked && count_ / largest_packing > source_.size())
            return source_.bad(words("expected at most ", largest_packing, " times its ", source_.size(),
                                     " bytes, found a header that claims ", count_, "; unpack it if it is meant"));
        return {};
    }

    byte_source source_;
    std::vector<std::size_t> shape_;
    std::size_t count_ = 1;  // the product of shape_
};

}  // namespace detail

/// A file of unsigned bytes of this rank. *Returns* values of the product of shape, or why not.
inline result<idx_array> read_idx(const std::string& path, std::size_t rank) {
    return meta::within_memory(path, [&]() -> result<idx_array> {
        detail::idx_reader reader(path);
        if (const auto opened = reader.open(rank); !opened) return opened.error();
        auto values = reader.values();
        if (!values) return values.error();
        return idx_array{reader.shape(), std::move(*values)};
    });
}

/// Grey images, [count, height, width].
inline result<idx_array> read_images(const std::string& path) { return read_idx(path, 3); }

/// One class label an image.
inline result<std::vector<std::uint8_t>> read_labels(const std::string& path) {
    auto read = read_idx(path, 1);
    if (!read) return read.error();
    return std::move(read->values);
}

}  // namespace sinter
