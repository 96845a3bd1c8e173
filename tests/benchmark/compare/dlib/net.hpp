// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <dlib/dnn.h>
using image = dlib::matrix<float, 1, 784>;
using net = dlib::loss_multiclass_log<dlib::fc<10, dlib::relu<dlib::fc<128, dlib::input<image>>>>>;
inline image image_of(const unsigned char* bytes) {
    image x;
    for (long i = 0; i < x.size(); ++i) x(i) = static_cast<float>(bytes[i]) / 255;
    return x;
}
