// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A file gets new contents whole or not at all, whatever fails or dies meanwhile.
///
/// In: a path and a function that writes. Out: the path with the new contents, on the disk; or an error that names
/// it. Law: the path holds the old contents or the new ones, never a part, after any call that fails, a kill or a
/// loss of power (tests/meta/failing_calls.py). A new file is written beside the old one, synced, and renamed; then
/// the folder is synced. The old file's mode stays, and its owner where the system lets it; a symbolic link stays and
/// what it leads to is replaced. Another hard link keeps the old contents. What is no regular file, or is read-only,
/// is refused. Cost: waits for the disk.

#include <sinter/meta/file.hpp>

#include <stdio.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace sinter {

/// A file that is being written: collects small writes, and makes each again that is interrupted or cut short.
class output_file {
public:
    explicit output_file(int descriptor) noexcept : descriptor_(descriptor) {}
    output_file(const output_file&) = delete;
    output_file& operator=(const output_file&) = delete;

    /// *Returns* false, and errno says why, where the system does not take all of it.
    bool write(const void* bytes, std::size_t count) noexcept {
        if (count > sizeof kept_ - used_ && !flush()) return false;
        if (count > sizeof kept_) return send(static_cast<const char*>(bytes), count);
        if (count > 0) std::memcpy(kept_ + used_, bytes, count);
        used_ += count;
        return true;
    }
    bool write(std::string_view text) noexcept { return write(text.data(), text.size()); }
    bool flush() noexcept { return send(kept_, std::exchange(used_, 0)); }

private:
    bool send(const char* bytes, std::size_t count) noexcept {
        constexpr std::size_t most = std::size_t{1} << 30;
        while (count > 0) {
            const ssize_t taken =
                detail::uninterrupted([&] { return ::write(descriptor_, bytes, count < most ? count : most); });
            if (taken == 0) errno = EIO;
            if (taken <= 0) return false;
            bytes += taken, count -= static_cast<std::size_t>(taken);
        }
        return true;
    }

    int descriptor_;
    std::size_t used_ = 0;
    char kept_[1 << 14];
};

namespace detail {

/// The part of a path up to its last slash, that included; nothing where it has none.
template <class String>
String folder_of(const String& path) {
    return path.substr(0, path.rfind('/') + 1);
}

/// 16 digits that differ between attempts, moments, threads and processes; O_EXCL sees to the rest.
template <class String>
String unlikely_digits(int attempt) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::uint64_t mix = static_cast<std::uint64_t>(now.tv_nsec) ^ static_cast<std::uint64_t>(::getpid()) << 32;
    mix = (mix ^ static_cast<std::uint64_t>(now.tv_sec) << 16) + reinterpret_cast<std::uintptr_t>(&now);
    mix = (mix + static_cast<std::uint64_t>(attempt)) * 0x9e3779b97f4a7c15;
    String digits;
    for (int i = 0; i < 16; ++i, mix = (mix ^ mix >> 29) * 0xbf58476d1ce4e5b9) digits += "0123456789abcdef"[mix >> 60];
    return digits;
}

/// The new file beside the old one; deleted unless it took the old one's place.
template <class String>
class replacement {
public:
    explicit replacement(const String& path) : path_(path) {}
    replacement(const replacement&) = delete;
    replacement& operator=(const replacement&) = delete;
    ~replacement() {
        if (!partial_.empty()) ::unlink(partial_.c_str());
    }

    int number() const noexcept { return file_.number(); }

    result<void> begin() {
        struct stat old{};
        if (const auto named = expect_path(path_); !named) return named.error();
        const bool replaces = ::stat(path_.c_str(), &old) == 0;
        if (!replaces && errno != ENOENT) return file_error(path_, "replace");
        if (replaces)
            if (const auto regular = expect_regular(path_, old); !regular) return regular.error();
        if (const auto followed = follow_links(); !followed) return followed.error();
        if (replaces) {
            struct stat target{};
            if (::lstat(target_.c_str(), &target) != 0) return file_error(path_, "replace");
            if (target.st_ino != old.st_ino || target.st_dev != old.st_dev)
                return error{error_code::io_failed, printable(path_, 4096) + ": its link leads to no path of a file"};
            if (::faccessat(AT_FDCWD, target_.c_str(), W_OK, AT_EACCESS) != 0) return file_error(path_, "replace");
        }
        const String folder = folder_of(target_).empty() ? String(".") : folder_of(target_);
        folder_ = descriptor(
            uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK); }));
        if (!folder_.is_open() && errno != EACCES) return file_error(path_, "open the folder of");
        return create(replaces, old);
    }

    /// Puts the file in the old one's place.
    result<void> commit() {
        if (uninterrupted([&] { return ::fsync(file_.number()); }) != 0) return file_error(path_, "write");
        if (!file_.close()) return file_error(path_, "write");
        if (uninterrupted([&] { return ::rename(partial_.c_str(), target_.c_str()); }) != 0)
            return file_error(path_, "replace");
        partial_.clear();
        // A folder that may not be read cannot be synced, and some file systems have nothing to sync.
        if (folder_.is_open() && uninterrupted([&] { return ::fsync(folder_.number()); }) != 0 && errno != EINVAL &&
            errno != ENOTSUP)
            return file_error(path_, "be sure after a loss of power of the new contents of");
        return {};
    }

private:
    /// target_: where the links at path_ lead.
    result<void> follow_links() {
        target_ = path_;
        char link[4096];
        for (int followed = 0; followed < 40; ++followed) {
            const ssize_t size = ::readlink(target_.c_str(), link, sizeof link);
            if (size < 0 && (errno == EINVAL || errno == ENOENT)) return {};
            if (size == static_cast<ssize_t>(sizeof link)) errno = ENAMETOOLONG;
            if (size < 0 || size == static_cast<ssize_t>(sizeof link)) return file_error(path_, "replace");
            if (stands_for_open_file())
                return error{error_code::io_failed,
                             printable(path_, 4096) + ": expected the path of a file, found an open file of a process"};
            const String next(link, static_cast<std::size_t>(size));
            target_ = next.rfind('/', 0) == 0 ? next : folder_of(target_) + next;
        }
        errno = ELOOP;
        return file_error(path_, "replace");
    }

    /// Whether the link at target_ is one of /proc, as /dev/stdout leads to: who wrote there would miss his output.
    bool stands_for_open_file() const {
        struct stat link{}, process{};
        return ::lstat(target_.c_str(), &link) == 0 && ::lstat("/proc/self", &process) == 0 &&
               link.st_dev == process.st_dev;
    }

    result<void> create(bool replaces, const struct stat& old) {
        const String folder = folder_of(target_);
        String name = target_.substr(folder.size(), 100);  // a file system may allow no more than 143 bytes
        for (int attempt = 0; attempt < 100 && !file_.is_open(); ++attempt) {
            partial_ = folder + name + ".partial-" + unlikely_digits<String>(attempt);
            // Nobody reads it before it has the mode of the old file.
            file_ = descriptor(uninterrupted([&] {
                return ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                              replaces ? 0600 : 0666);
            }));
            if (!file_.is_open() && errno != EEXIST) break;
        }
        if (!file_.is_open()) {
            partial_.clear();
            return file_error(path_, "create a file beside");
        }
        return replaces ? adopt(old) : result<void>();
    }

    /// Owner and mode of the old file.
    result<void> adopt(const struct stat& old) {
        struct stat mine{};
        if (::fstat(file_.number(), &mine) != 0) return file_error(path_, "replace");
        // Who may not give files away keeps the group at least. Nobody gains rights by a change of owner or group.
        constexpr auto same_owner = static_cast<uid_t>(-1);
        const bool owner = mine.st_uid == old.st_uid || ::fchown(file_.number(), old.st_uid, old.st_gid) == 0;
        const bool group = mine.st_gid == old.st_gid || ::fchown(file_.number(), same_owner, old.st_gid) == 0;
        const mode_t mode = old.st_mode & (owner && group ? 07777 : group ? 0777 : 0707);
        // A file system without modes gives every file the same, and refuses to change it.
        if ((mine.st_mode & 07777) != mode && uninterrupted([&] { return ::fchmod(file_.number(), mode); }) != 0)
            return file_error(path_, "replace");
        return {};
    }

    String path_, target_, partial_;
    descriptor file_, folder_;
};

}  // namespace detail

/// Gives `path` the contents that `write(output_file&)` writes.
///
/// *Requires* write returns whether it succeeded, with errno where not. *Returns* why not, where anything fails; the
/// old file is then as it was. One failure comes too late for that, and says so: the folder cannot be synced.
template <class Write> result<void> replace_file(const std::string& path, Write&& write) {
    detail::replacement<meta::late_t<std::string, Write>> file(path);
    if (const auto begun = file.begin(); !begun) return begun.error();
    output_file contents(file.number());
    errno = 0;
    if (!write(contents) || !contents.flush()) return file_error(path, "write");
    return file.commit();
}

}  // namespace sinter
