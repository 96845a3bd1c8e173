// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Files that are closed by themselves, fail with a typed error, and are replaced whole or not at all.
///
/// In: a path. Out: a file_handle, an error that names path and reason, or a file with new contents.
/// Law: after replace_file the path holds the old contents or the new ones, never a part. The C library's files, since
/// streams cost 0.3 s of includes and hide why they failed.

#include <sinter/meta/late.hpp>
#include <sinter/meta/result.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

namespace sinter {

struct close_file {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, close_file>;

/// The error of a call on this file that has just failed; reads errno. `action` completes "cannot … path".
template <class String>
error file_error(const String& path, const char* action) {
    const int reason = errno;
    return {
        reason == ENOENT ? error_code::file_not_found : error_code::io_failed,
        words("cannot ", action, " ", path, ": ", reason != 0 ? std::strerror(reason) : "the device gave no reason")};
}

/// A file opened for reading in binary.
template <class String>
result<meta::late_t<file_handle, String>> open_file(const String& path) {
    errno = 0;
    meta::late_t<file_handle, String> file(std::fopen(path.c_str(), "rb"));
    if (!file) return file_error(path, "open");
    return file;
}

/// Gives `path` the contents that `write(FILE*)` writes: into a new file beside it, renamed when complete.
///
/// *Requires* write returns whether it succeeded. *Returns* why not, where anything fails; the old file is then as it
/// was.
template <class Write> result<void> replace_file(const std::string& path, Write&& write) {
    // "x" refuses a file that is there, so two writers never share one; a name left by a crash is stepped over
    constexpr int attempts = 100;
    meta::late_t<std::string, Write> partial;
    meta::late_t<file_handle, Write> file;
    for (int attempt = 0; attempt < attempts && !file; ++attempt) {
        partial = path + ".partial" + std::to_string(attempt);
        errno = 0;
        file.reset(std::fopen(partial.c_str(), "wbx"));
        if (!file && errno != EEXIST) return file_error(path, "create");
    }
    if (!file) return file_error(path, "create");
    errno = 0;
    bool complete = write(file.get()) && std::fflush(file.get()) == 0 && std::ferror(file.get()) == 0;
    int reason = errno;
    if (std::fclose(file.release()) != 0 && complete) complete = false, reason = errno;
    if (complete && std::rename(partial.c_str(), path.c_str()) != 0) complete = false, reason = errno;
    if (complete) return {};
    std::remove(partial.c_str());
    errno = reason;
    return file_error(path, "write");
}

}  // namespace sinter
