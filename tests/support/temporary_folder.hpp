// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A folder of a test's own, deleted with all its files at the end, and the files' bytes.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace sinter_test {

class temporary_folder {
public:
    temporary_folder()
        : path_(std::filesystem::temp_directory_path() / ("sinter_test_" + std::to_string(std::random_device{}()))) {
        std::filesystem::create_directories(path_);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    std::string path() const { return path_.string(); }

    /// How many entries the folder has.
    std::size_t entries() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++count;
        return count;
    }

private:
    std::filesystem::path path_;
};

inline void write_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The same as a file of its own: some file systems wait for the disk where one is emptied and written again.
inline void write_anew(const std::string& path, const std::string& bytes) {
    std::filesystem::remove(path);
    write_bytes(path, bytes);
}

inline std::string read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Whether a sanitizer ends the program where an allocation is too large, rather than let it fail.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool limits_allocation = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool limits_allocation = true;
#else
inline constexpr bool limits_allocation = false;
#endif
#else
inline constexpr bool limits_allocation = false;
#endif

/// `bytes` with one to four of them changed, and in one of three cases cut; the same for the same number.
inline std::string damaged(std::string bytes, unsigned number) {
    std::minstd_rand random(number + 1);
    const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };
    if (number % 3 == 0) bytes.resize(below(bytes.size()));
    if (bytes.empty()) return bytes;
    for (std::size_t change = 1 + below(4); change > 0; --change) {
        const std::uint8_t interesting[] = {0,   1,   0x7f, 0x80, 0xff,
                                            '"', '{', '[',  '9',  static_cast<std::uint8_t>(below(256))};
        bytes[below(bytes.size())] = static_cast<char>(interesting[below(std::size(interesting))]);
    }
    return bytes;
}

}  // namespace sinter_test
