// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The bytes of a file, which may be packed by gzip, in order and counted.
///
/// In: the path of a regular file. Out: bytes, or an error that names path, expected and found. Packed is what begins
/// as gzip does, whatever its name. Several gzip members are read one after the other, as gzip does; anything else
/// behind them is an error. Law: a checksum that fails, an end that comes too early and a byte too many are errors
/// (tests/data/idx.cpp). Cost: inflating, 0.2 s for 47 MB. Links zlib.

#include <sinter/meta/file.hpp>
#include <sinter/meta/result.hpp>
#include <sinter/meta/utf8.hpp>

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sinter::detail {

class byte_source {
public:
    explicit byte_source(std::string path) : path_(std::move(path)) {}
    byte_source(const byte_source&) = delete;
    byte_source& operator=(const byte_source&) = delete;
    ~byte_source() {
        if (packed_) inflateEnd(&stream_);
    }

    result<void> open() {
        auto file = open_file(path_);
        if (!file) return file.error();
        file_.emplace(std::move(*file));
        const auto gzip = begins_as_gzip(0);
        if (!gzip) return gzip.error();
        if (!*gzip) return {};
        constexpr int largest_window = 15, with_gzip_header = 16;
        if (inflateInit2(&stream_, largest_window + with_gzip_header) != Z_OK)
            return bad("found no memory to inflate it");
        packed_ = true;
        part_.resize(std::size_t{1} << 17);
        return {};
    }

    const std::string& path() const noexcept { return path_; }
    bool is_packed() const noexcept { return packed_; }
    /// Of the file as it lies on the disk.
    std::uint64_t size() const noexcept { return file_->size(); }

    /// Exactly count bytes.
    result<void> read(std::uint8_t* bytes, std::size_t count) {
        if (packed_) return inflate_to(bytes, count);
        if (count > file_->size() - at_) return truncated(count - static_cast<std::size_t>(file_->size() - at_));
        if (const auto read = file_->read(bytes, count, at_); !read) return read.error();
        at_ += count;
        total_ += count;
        return {};
    }

    /// Nothing more to come; also where gzip's checksum is compared.
    result<void> finish() {
        if (!packed_) return at_ == file_->size() ? result<void>() : more();
        for (std::uint8_t extra = 0;;) {
            stream_.next_out = &extra, stream_.avail_out = 1;
            const auto went = step();
            if (!went) return went.error();
            if (stream_.avail_out == 0) return more();
            if (!*went) return {};
        }
    }

    error bad(const std::string& what) const {
        return {error_code::bad_format, words(printable(path_, 4096), ": ", what)};
    }

private:
    result<bool> begins_as_gzip(std::uint64_t offset) const {
        std::uint8_t magic[2] = {};
        if (file_->size() - offset < sizeof magic) return false;
        if (const auto read = file_->read(magic, sizeof magic, offset); !read) return read.error();
        return magic[0] == 0x1f && magic[1] == 0x8b;
    }

    result<void> inflate_to(std::uint8_t* bytes, std::size_t count) {
        constexpr std::size_t most = std::size_t{1} << 30;  // zlib counts in unsigned
        while (count > 0) {
            const std::size_t part = (std::min)(count, most);
            stream_.next_out = bytes, stream_.avail_out = static_cast<unsigned>(part);
            const auto went = step();
            const std::size_t got = part - stream_.avail_out;
            bytes += got, count -= got, total_ += got;
            if (!went) return went.error();
            if (!*went && count > 0) return truncated(count);
        }
        return {};
    }

    /// Inflates some more to where stream_ says. *Returns* false at the end of the file.
    result<bool> step() {
        if (stream_.avail_in == 0 && at_ < file_->size()) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(part_.size(), file_->size() - at_));
            if (const auto read = file_->read(part_.data(), size, at_); !read) return read.error();
            at_ += size;
            stream_.next_in = part_.data(), stream_.avail_in = static_cast<unsigned>(size);
        }
        if (member_ended_) {
            if (stream_.avail_in == 0) return false;
            const std::uint64_t rest = file_->size() - at_ + stream_.avail_in;
            const auto gzip = begins_as_gzip(file_->size() - rest);
            if (!gzip) return gzip.error();
            if (!*gzip) return bad(words("expected its end behind its gzip data, found ", rest, " bytes more"));
            inflateReset(&stream_);
            member_ended_ = false;
        }
        const int status = inflate(&stream_, Z_NO_FLUSH);
        member_ended_ = status == Z_STREAM_END;
        if (status == Z_OK || member_ended_) return true;
        if (status == Z_BUF_ERROR) return bad("its gzip data ends too early; copy or download it again");
        return bad(words("its gzip data is damaged (", stream_.msg != nullptr ? stream_.msg : "no reason given",
                         "); copy or download it again"));
    }

    error truncated(std::size_t missing) const {
        return bad(
            words("found its end after ", total_, " bytes, expected ", missing, " more; copy or download it again"));
    }
    error more() const { return bad(words("expected ", total_, " bytes as its header says, found more")); }

    std::string path_;
    std::optional<input_file> file_;
    std::uint64_t at_ = 0;   // the next byte of the file to be read
    std::size_t total_ = 0;  // bytes given
    z_stream stream_{};
    bool packed_ = false, member_ended_ = false;
    std::vector<std::uint8_t> part_;  // of the file, to be inflated
};

}  // namespace sinter::detail
