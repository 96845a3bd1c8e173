// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Regular files to read: opened without waiting, read at any place, closed by themselves, with errors that name them.
///
/// In: a path. Out: an input_file, or an error that names path and reason. Law: what is no regular file (a folder, a
/// FIFO, a device) is refused by name and never waited for; a call that a signal interrupts is made again; a read gives
/// all bytes or an error. POSIX calls, since streams cost 0.3 s of includes and hide why they failed. Files are
/// replaced by meta/replace_file.hpp.

#include <sinter/meta/late.hpp>
#include <sinter/meta/result.hpp>
#include <sinter/meta/utf8.hpp>

#if defined(_WIN32)
#error "sinter reads and replaces files by POSIX calls (pread, fsync, rename): expected Linux, macOS or a BSD; use WSL"
#endif

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace sinter {

/// The error of a call on this file that has just failed; reads errno. `action` completes "cannot … path".
template <class String>
SINTER_COLD error file_error(const String& path, const char* action) {
    const int reason = errno;
    return {reason == ENOENT ? error_code::file_not_found : error_code::io_failed,
            words("cannot ", action, " ", printable(path, 4096), ": ",
                  reason != 0 ? std::strerror(reason) : "the device gave no reason")};
}

namespace detail {

/// What call() returns, called again as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call&& call) {
    auto done = call();
    while (done == -1 && errno == EINTR) done = call();
    return done;
}

/// Owns a descriptor.
class descriptor {
public:
    explicit descriptor(int number = -1) noexcept : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept { return std::swap(number_, other.number_), *this; }
    ~descriptor() { close(); }

    int number() const noexcept { return number_; }
    bool is_open() const noexcept { return number_ >= 0; }
    /// *Returns* false, and errno, where the system reports a loss; the descriptor is gone in any case.
    bool close() noexcept { return number_ < 0 || ::close(std::exchange(number_, -1)) == 0 || errno == EINTR; }

private:
    int number_;
};

/// What a file is that is no regular one.
inline const char* kind_of(mode_t mode) noexcept {
    switch (mode & S_IFMT) {
        case S_IFDIR: return "a folder";
        case S_IFIFO: return "a FIFO";
        case S_IFSOCK: return "a socket";
        case S_IFCHR:
        case S_IFBLK: return "a device";
        default: return "something else";
    }
}

/// Success where `status` is a regular file's.
template <class String>
result<void> expect_regular(const String& path, const struct stat& status) {
    if (S_ISREG(status.st_mode)) return {};
    return error{error_code::io_failed,
                 words(printable(path, 4096), ": expected a regular file, found ", kind_of(status.st_mode))};
}

/// Success where the system can be asked for this path at all.
template <class String>
result<void> expect_path(const String& path) {
    if (path.empty()) return error{error_code::bad_argument, "expected the path of a file, found an empty text"};
    if (path.find('\0') == String::npos) return {};
    return error{error_code::bad_argument, words("expected a path without the character 0, found ", printable(path))};
}

}  // namespace detail

/// A regular file, open for reading. Several threads may read at once.
template <class String>
class basic_input_file {
public:
    const String& path() const noexcept { return path_; }
    /// In bytes, when it was opened.
    std::uint64_t size() const noexcept { return size_; }

    /// The `count` bytes that begin at byte `offset`, all of them. *Requires* offset + count <= size().
    result<void> read(void* to, std::size_t count, std::uint64_t offset) const {
        constexpr std::size_t most = std::size_t{1} << 30;  // systems read no more than 2 GiB at once
        for (std::size_t done = 0; done < count;) {
            const std::size_t wanted = count - done < most ? count - done : most;
            const ssize_t got = detail::uninterrupted([&] {
                return ::pread(file_.number(), static_cast<char*>(to) + done, wanted,
                               static_cast<off_t>(offset + done));
            });
            if (got < 0) return file_error(path_, "read");
            if (got == 0)
                return error{error_code::io_failed, printable(path_, 4096) + ": became shorter while it was read"};
            done += static_cast<std::size_t>(got);
        }
        return {};
    }

private:
    template <class Path>
    friend result<basic_input_file<Path>> open_file(const Path& path);

    basic_input_file(const String& path, detail::descriptor file, std::uint64_t size)
        : path_(path), file_(std::move(file)), size_(size) {}

    String path_;
    detail::descriptor file_;
    std::uint64_t size_;
};
using input_file = basic_input_file<std::string>;

/// Opens a regular file. *Returns* file_not_found, io_failed with the reason or with what stands there instead, or
/// bad_argument for a path that is none.
template <class String>
result<basic_input_file<String>> open_file(const String& path) {
    if (const auto named = detail::expect_path(path); !named) return named.error();
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return file_error(path, "open");
    if (const auto regular = detail::expect_regular(path, status); !regular)
        return regular.error();  // a device unopened
    // O_NONBLOCK: a FIFO that has come to stand there since opens at once, and is refused below.
    const auto open = [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); };
    detail::descriptor file(detail::uninterrupted(open));
    if (!file.is_open() || ::fstat(file.number(), &status) != 0) return file_error(path, "open");
    if (const auto regular = detail::expect_regular(path, status); !regular) return regular.error();
    return basic_input_file<String>(path, std::move(file), static_cast<std::uint64_t>(status.st_size));
}

}  // namespace sinter
