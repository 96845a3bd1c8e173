// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Reads IDX files, the format of MNIST and its siblings: a big-endian header of type, rank and extents, then bytes.
///
/// In: a path, plain or gzip. Out: extents and values, or an error that names path, expected and found. Law: any file,
/// also a hostile one, is read whole or refused (tests/data/idx.cpp): extents are checked for overflow, memory grows
/// only with bytes that really arrive, and a byte too few or too many is an error. Cost: inflating, 0.2 s for 47 MB.
/// Links zlib.

#include <sinter/meta/file.hpp>
#include <sinter/meta/result.hpp>

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sinter {

struct idx_array {
    std::vector<std::size_t> shape;
    std::vector<std::uint8_t> values;
};

/// The most values that are read from one file; a small gzip file may claim and really hold a thousand times its size.
inline constexpr std::size_t largest_idx = std::size_t{1} << 31;

namespace detail {

struct close_gzip {
    void operator()(gzFile_s* file) const noexcept { gzclose_r(file); }
};

/// A gzip or plain file that counts what it gives.
class idx_source {
public:
    explicit idx_source(const std::string& path) : path_(path) {}

    result<void> open() {
        errno = 0;
        file_.reset(gzopen(path_.c_str(), "rb"));
        if (!file_) return file_error(path_, "open");
        gzbuffer(file_.get(), 1u << 17);
        return {};
    }

    /// Exactly count bytes.
    result<void> read(std::uint8_t* bytes, std::size_t count) {
        constexpr std::size_t most = std::size_t{1} << 24;  // gzread counts in int
        for (std::size_t done = 0; done < count;) {
            errno = 0;
            const int got = gzread(file_.get(), bytes + done, static_cast<unsigned>((std::min)(count - done, most)));
            if (got < 0) return broken();
            if (got == 0) return truncated(count - done);
            done += static_cast<std::size_t>(got);
            total_ += static_cast<std::size_t>(got);
        }
        return {};
    }

    /// Nothing more to come; also where gzip's checksum is compared.
    result<void> finish() {
        std::uint8_t extra = 0;
        errno = 0;
        const int got = gzread(file_.get(), &extra, 1);
        if (got > 0) return bad(words("expected ", total_, " bytes as its header says, found more"));
        if (got < 0) return broken();
        int state = Z_OK;
        gzerror(file_.get(), &state);
        return state == Z_OK || state == Z_STREAM_END ? result<void>() : broken();
    }

    error bad(const std::string& what) const { return {error_code::bad_format, path_ + ": " + what}; }

private:
    error broken() const {
        int state = Z_OK;
        const char* text = gzerror(file_.get(), &state);
        return state == Z_ERRNO
                   ? file_error(path_, "read")
                   : bad(std::string("its gzip data is damaged (") + text + "); copy or download it again");
    }
    error truncated(std::size_t missing) const {
        return bad(
            words("found its end after ", total_, " bytes, expected ", missing, " more; copy or download it again"));
    }

    std::string path_;
    std::unique_ptr<gzFile_s, close_gzip> file_;
    std::size_t total_ = 0;
};

/// The extents after the magic number, and their product in `count`.
inline result<std::vector<std::size_t>> read_extents(idx_source& source, std::size_t rank, std::size_t& count) {
    std::vector<std::size_t> shape;
    count = 1;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        std::uint8_t word[4] = {};
        if (const auto read = source.read(word, sizeof word); !read) return read.error();
        const std::size_t extent =
            std::size_t{word[0]} << 24 | std::size_t{word[1]} << 16 | std::size_t{word[2]} << 8 | std::size_t{word[3]};
        if (extent == 0) return source.bad(words("axis ", axis, " has the extent 0, so it holds nothing"));
        if (extent > largest_idx / count)
            return source.bad(
                words("its header claims more than ", largest_idx, " values; is it an IDX file, and whole?"));
        count *= extent;
        shape.push_back(extent);
    }
    return shape;
}

}  // namespace detail

/// A file of unsigned bytes of this rank. *Returns* values of the product of shape, or why not.
inline result<idx_array> read_idx(const std::string& path, std::size_t rank) {
    detail::idx_source source(path);
    if (const auto opened = source.open(); !opened) return opened.error();
    std::uint8_t magic[4] = {};
    if (const auto read = source.read(magic, sizeof magic); !read) return read.error();
    constexpr std::uint8_t unsigned_byte = 8;
    if (magic[0] != 0 || magic[1] != 0 || magic[2] != unsigned_byte || magic[3] != rank)
        return source.bad(words("expected an IDX file of unsigned bytes of rank ", rank, ", magic 0 0 8 ", rank,
                                ", found ", magic[0], " ", magic[1], " ", magic[2], " ", magic[3]));
    std::size_t count = 0;
    auto shape = detail::read_extents(source, rank, count);
    if (!shape) return shape.error();
    std::vector<std::uint8_t> values;
    std::size_t next = (std::min)(count, std::size_t{1} << 20);
    for (std::size_t done = 0; done < count;) {
        values.resize(next);
        if (const auto read = source.read(values.data() + done, next - done); !read) return read.error();
        done = next;
        next = done > count / 2 ? count : 2 * done;
    }
    if (const auto finished = source.finish(); !finished) return finished.error();
    return idx_array{std::move(*shape), std::move(values)};
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
