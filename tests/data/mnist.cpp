// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/data/mnist.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

using sinter::error_code;
using sinter_test::temporary_folder;
using sinter_test::write_bytes;

std::string idx(const std::vector<std::uint8_t>& shape, const std::string& values) {
    std::string bytes{0, 0, 8, static_cast<char>(shape.size())};
    for (const std::uint8_t extent : shape) bytes += std::string(3, 0) + static_cast<char>(extent);
    return bytes + values;
}

std::string bytes_of(std::initializer_list<int> values) {
    std::string bytes;
    for (const int value : values) bytes += static_cast<char>(value);
    return bytes;
}

/// Three training images and one test image of 1 x 2.
void write_set(const std::string& folder) {
    std::filesystem::create_directories(folder);
    write_bytes(folder + "/train-images-idx3-ubyte", idx({3, 1, 2}, bytes_of({0, 255, 51, 102, 4, 5})));
    write_bytes(folder + "/train-labels-idx1-ubyte", idx({3}, bytes_of({9, 0, 3})));
    write_bytes(folder + "/t10k-images-idx3-ubyte", idx({1, 1, 2}, bytes_of({7, 8})));
    write_bytes(folder + "/t10k-labels-idx1-ubyte", idx({1}, bytes_of({2})));
}

}  // namespace

TEST_CASE("mnist: a folder gives two datasets of bytes, scaled to one where they are gathered") {
    const temporary_folder folder;
    write_set(folder.path());
    const sinter::mnist set = sinter::read_mnist(folder.path()).value();
    CHECK(set.train.size() == 3);
    CHECK(set.test.size() == 1);
    CHECK(set.train.height == 1);
    CHECK(set.train.width == 2);
    const auto view = set.train.view();
    CHECK(view.check());
    CHECK(view.size() == 3);
    CHECK(view.sample_size == 2);
    CHECK(view.scale == 1.0 / 255);
    CHECK(view.targets[0] == 9);
    static_assert(decltype(view)::has_labels);
}

TEST_CASE("mnist: the folder's name decides between clothes and numbers") {
    const temporary_folder folder;
    write_set(folder / "Fashion-MNIST");
    write_set(folder / "digits");
    CHECK(sinter::read_mnist(folder / "Fashion-MNIST/").value().class_names[9] == "ankle boot");
    CHECK(sinter::read_mnist(folder / "digits").value().class_names[9] == "9");
    CHECK(sinter::read_mnist(folder / "digits", 26).value().class_names.size() == 26);
}

TEST_CASE("mnist: the spelling with a dot, as some archives unpack, is found too") {
    const temporary_folder folder;
    write_set(folder.path());
    std::filesystem::rename(folder / "t10k-images-idx3-ubyte", folder / "t10k-images.idx3-ubyte");
    CHECK(sinter::read_mnist(folder.path()));
}

TEST_CASE("mnist: a missing file is named") {
    const temporary_folder folder;
    write_set(folder.path());
    std::filesystem::remove(folder / "t10k-labels-idx1-ubyte");
    const auto set = sinter::read_mnist(folder.path());
    REQUIRE_FALSE(set);
    CHECK(set.error().code == error_code::file_not_found);
    CHECK(set.error().message.find("t10k-labels-idx1-ubyte") != std::string::npos);
    CHECK(sinter::read_mnist(folder / "nowhere").error().code == error_code::file_not_found);
}

TEST_CASE("mnist: a file that is there and cannot be read is named with the reason, not called missing") {
    const temporary_folder folder;
    write_set(folder.path());
    const std::string path = folder / "train-labels-idx1-ubyte";
    const auto message = [&] { return sinter::read_mnist(folder.path()).error().message; };
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);  // as some archives unpack
    CHECK(message() == path + ": expected a regular file, found a folder");
    std::filesystem::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(message() == path + ": expected a regular file, found a FIFO");
    std::filesystem::remove(path);
    std::filesystem::create_symlink(path, path);
    CHECK(message().find(path + ": Too many levels of symbolic links") != std::string::npos);
    CHECK(sinter::read_mnist("").error().code == error_code::bad_argument);
    if (::geteuid() == 0) {
        MESSAGE("skipped: root may read everything");
        return;
    }
    std::filesystem::remove(path);
    write_set(folder.path());
    std::filesystem::permissions(path, std::filesystem::perms::none);
    CHECK(message() == "cannot open " + path + ": Permission denied");
    std::filesystem::permissions(folder.path(), std::filesystem::perms::none);
    CHECK(message().find("-ubyte: Permission denied") != std::string::npos);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

TEST_CASE("mnist: counts are compared before pixels are read, and so many classes as a byte tells apart are allowed") {
    const temporary_folder folder;
    write_set(folder.path());
    // Headers alone, the pixels are missing.
    const std::string packed = folder / "train-images-idx3-ubyte.gz";
    std::filesystem::remove(folder / "train-images-idx3-ubyte");
    gzFile file = gzopen(packed.c_str(), "wb");
    const std::string header = idx({4, 1, 2}, "");
    gzwrite(file, header.data(), static_cast<unsigned>(header.size()));
    gzclose(file);
    const auto counted = sinter::read_mnist(folder.path());
    REQUIRE_FALSE(counted);
    CHECK(counted.error().message == "expected a label an image, found 4 images in " + packed + " and 3 labels in " +
                                         (folder / "train-labels-idx1-ubyte"));
    for (const std::size_t classes : {std::size_t{0}, std::size_t{257}, ~std::size_t{0}})
        CHECK(sinter::read_mnist(folder.path(), classes).error().code == error_code::bad_argument);
}

TEST_CASE("mnist: images without labels, labels beyond the classes and images of two sizes are refused") {
    const temporary_folder folder;
    write_set(folder.path());
    write_bytes(folder / "train-labels-idx1-ubyte", idx({2}, bytes_of({9, 0})));
    CHECK(sinter::read_mnist(folder.path()).error().code == error_code::shape_mismatch);
    write_bytes(folder / "train-labels-idx1-ubyte", idx({3}, bytes_of({9, 10, 3})));
    const auto beyond = sinter::read_mnist(folder.path());
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().code == error_code::bad_format);
    CHECK(beyond.error().message.find("labels below 10, found 10 at label 1;") != std::string::npos);
    CHECK(sinter::read_mnist(folder.path(), 11));
    write_set(folder.path());
    write_bytes(folder / "t10k-images-idx3-ubyte", idx({1, 2, 2}, bytes_of({7, 8, 9, 10})));
    CHECK(sinter::read_mnist(folder.path()).error().message.find("1 x 2 as in training, found 2 x 2") !=
          std::string::npos);
}
