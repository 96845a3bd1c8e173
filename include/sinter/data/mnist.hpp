// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A folder in MNIST's format: MNIST, Fashion-MNIST, KMNIST and whatever a user packs the same way.
///
/// In: a directory with train-images-idx3-ubyte and its three siblings, plain or .gz. Out: bytes in memory, and views
/// of them that a model trains on. Law: each image has a label, each label is below class_count, both parts have images
/// of one size. Cost: what reading the files costs (data/idx.hpp).

#include <sinter/data/dataset.hpp>
#include <sinter/data/idx.hpp>
#include <sinter/meta/memory.hpp>
#include <sinter/meta/result.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sinter {

/// Images with their labels; owns the bytes.
struct labelled_images {
    std::vector<std::uint8_t> pixels;  // (size, height, width)
    std::vector<std::uint8_t> labels;  // (size)
    std::size_t height = 0;
    std::size_t width = 0;

    std::size_t size() const noexcept { return labels.size(); }

    /// The dataset of these bytes, scaled to [0, 1] where it is gathered.
    dataset<std::uint8_t, std::uint8_t> view() const& noexcept {
        return {pixels, labels, height * width, 1, 1.0 / 255};
    }
    void view() const&& = delete;  // would dangle
};

struct mnist {
    labelled_images train;
    labelled_images test;
    std::size_t class_count = 0;
    std::vector<std::string> class_names;
};

namespace detail {

/// The first of the names under which such a file is known that is there, whether or not it can be read.
inline result<std::string> find_idx(const std::string& directory, const std::string& part, const std::string& rank) {
    for (const char* separator : {"-", "."})
        for (const char* ending : {"", ".gz"}) {
            const std::string path = directory + "/" + part + separator + "idx" + rank + "-ubyte" + ending;
            struct stat status{};
            if (::stat(path.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR)) return path;
        }
    return error{error_code::file_not_found,
                 words("expected ", printable(directory, 4096), "/", part, "-idx", rank,
                       "-ubyte or the same with .gz, found neither; give the folder that holds the four files of an "
                       "MNIST-format set")};
}

inline result<labelled_images> read_part(const std::string& directory, const std::string& part, std::size_t classes) {
    const auto image_path = find_idx(directory, part + "-images", "3");
    if (!image_path) return image_path.error();
    const auto label_path = find_idx(directory, part + "-labels", "1");
    if (!label_path) return label_path.error();
    idx_reader images(*image_path), labels(*label_path);
    if (const auto opened = labels.open(1); !opened) return opened.error();
    if (const auto opened = images.open(3); !opened) return opened.error();
    if (images.shape()[0] != labels.shape()[0])
        return error{error_code::shape_mismatch, words("expected a label an image, found ", images.shape()[0],
                                                       " images in ", printable(*image_path, 4096), " and ",
                                                       labels.shape()[0], " labels in ", printable(*label_path, 4096))};
    auto classes_of = labels.values();
    if (!classes_of) return classes_of.error();
    const auto beyond =
        std::find_if(classes_of->begin(), classes_of->end(), [&](std::uint8_t label) { return label >= classes; });
    if (beyond != classes_of->end())
        return labels.bad(words("expected labels below ", classes, ", found ", *beyond, " at label ",
                                beyond - classes_of->begin(), "; pass the number of classes"));
    auto pixels = images.values();
    if (!pixels) return pixels.error();
    return labelled_images{std::move(*pixels), std::move(*classes_of), images.shape()[1], images.shape()[2]};
}

/// Fashion-MNIST's names where the folder is named after it, numbers otherwise.
inline std::vector<std::string> class_names(std::string directory, std::size_t classes) {
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    std::string folder = directory.substr(directory.find_last_of('/') + 1);
    for (char& letter : folder)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (classes == 10 && folder.find("fashion") != std::string::npos)
        return {"T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"};
    std::vector<std::string> names;
    for (std::size_t label = 0; label < classes; ++label) names.push_back(std::to_string(label));
    return names;
}

}  // namespace detail

/// Both parts of the set in this directory. *Requires* 1 to 256 classes, since a label is a byte. *Returns* why not.
inline result<mnist> read_mnist(const std::string& directory, std::size_t class_count = 10) {
    if (class_count < 1 || class_count > 256)
        return error{error_code::bad_argument, words("expected 1 to 256 classes, found ", class_count)};
    if (const auto named = detail::expect_path(directory); !named) return named.error();
    return meta::within_memory(directory, [&]() -> result<mnist> {
        auto train = detail::read_part(directory, "train", class_count);
        if (!train) return train.error();
        auto test = detail::read_part(directory, "t10k", class_count);
        if (!test) return test.error();
        if (train->height != test->height || train->width != test->width)
            return error{error_code::shape_mismatch,
                         words(printable(directory, 4096), ": expected test images of ", train->height, " x ",
                               train->width, " as in training, found ", test->height, " x ", test->width)};
        return mnist{std::move(*train), std::move(*test), class_count, detail::class_names(directory, class_count)};
    });
}

}  // namespace sinter
