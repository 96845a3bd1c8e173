// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A network whose kernels are compiled in one file: what all other files see of it.
///
///     struct digits : sinter::compiled<> { explicit digits(std::uint64_t seed = 0); };    // digits.hpp
/// and in digits.cpp, with <sinter/train/compile.hpp> and the network,
///     digits::digits(std::uint64_t seed)
///         : compiled{sinter::compile<classifier>(sinter::cross_entropy{}, sinter::adam{}, sinter::labels{}, {seed})} {}
/// A member costs one indirect call. This header includes no other of sinter's and takes 0.02 s; since it holds no kernel,
/// files that see it may be compiled with any flags, -O0 included.

#include <cstdint>

namespace sinter {

/// Scalar is what the network computes in; Target std::int32_t for class labels, Scalar for dense targets.
template <class Scalar = float, class Target = std::int32_t>
class compiled {
public:
    compiled(compiled&& other) noexcept : self_{other.self_}, code_{other.code_} { other.self_ = nullptr; }
    compiled& operator=(compiled&&) = delete;
    ~compiled() {
        if (self_ != nullptr) code_->destroy(self_);
    }

    int input_size() const { return code_->input_size; }
    int output_size() const { return code_->output_size; }
    /// Samples of a step or a forward at once, at most.
    int capacity() const { return code_->capacity; }

    /// Trains on `count` samples; gives the mean loss before the step.
    double step(const Scalar* inputs, const Target* targets, int count) {
        return code_->step(self_, inputs, targets, count);
    }
    /// The mean loss of `count` samples.
    double forward(const Scalar* inputs, const Target* targets, int count) {
        return code_->forward(self_, inputs, targets, count);
    }
    /// The network's outputs for any number of samples, sample after sample.
    void predict(const Scalar* inputs, int count, Scalar* outputs) { code_->predict(self_, inputs, count, outputs); }

    /// The weights to and from a safetensors file; raise what save_weights and load_weights return.
    void save(const char* path) const { code_->save(self_, path); }
    void load(const char* path) { code_->load(self_, path); }

    struct table {
        int input_size, output_size, capacity;
        double (*step)(void*, const Scalar*, const Target*, int);
        double (*forward)(void*, const Scalar*, const Target*, int);
        void (*predict)(void*, const Scalar*, int, Scalar*);
        void (*save)(const void*, const char*);
        void (*load)(void*, const char*);
        void (*destroy)(void*);
    };
    /// For sinter::compile alone.
    compiled(void* self, const table& code) noexcept : self_{self}, code_{&code} {}

private:
    void* self_;
    const table* code_;
};

}  // namespace sinter
