// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A network's parameters in memory: `sinter::model<classifier> net{sinter::seed{42}};`
///
/// Holds one aligned arena whose layout the compiler planned; everyone else sees parameters by name and in their
/// logical shape, a linear layer's weight as (outputs, inputs) as PyTorch does. Weights start as their layers say, from
/// the seed and the parameter's name alone: not from its place in the network, the instruction set or the compiler.
/// Views stay valid as long as the weights, also where the model is moved or assigned to. Of a model that was moved
/// from, every call but `initialise` and assignment raises bad_argument. One thread at a time; several may read a model
/// that nobody changes.

#include <sinter/meta/philox.hpp>
#include <sinter/meta/result.hpp>
#include <sinter/program/program.hpp>
#include <sinter/train/owned_weights.hpp>
#include <sinter/train/plans.hpp>

#include <cassert>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinter {

namespace detail {
template <int Capacity>
struct refused_rows {
    static consteval int raise() {
        static_assert(Capacity > 0,
                      "rows<N>: N, the number of samples that a program takes at once, is at least 1 "
                      "(docs/errors.md#rows_is_not_positive)");
        return 1;
    }
};
template <int Capacity>
inline constexpr int capacity_of = Capacity;
template <int Capacity>
    requires(Capacity < 1)
inline constexpr int capacity_of<Capacity> = refused_rows<Capacity>::raise();
}  // namespace detail

/// How many samples a program takes at once, at most; the number that it gets is known at run time.
template <int Capacity>
struct rows {
    static constexpr int capacity = detail::capacity_of<Capacity>;
};

struct seed {
    std::uint64_t value = 0;
};

namespace detail {

/// Where the elements of a parameter lie: from its logical order, row major, to its place in the arena.
class parameter_order {
public:
    parameter_order(const parameter_info& info, const layout& where)
        : shape_{info.shape}, axes_{info.shape}, filters_{info.filters}, before_{info.before}, where_{where} {
        const int places = filters_.rank - 2;
        if (places < 0) return;
        axes_ = list(filters_[places + 1], filters_[places]);
        for (int k = 0; k < places; ++k) axes_.push(filters_[k]);
        if (info.shape.rank == axes_.rank) {
            shape_ = axes_;
            return;
        }
        shape_ = list(info.shape[1], info.shape[0]);
        joined_ = info.shape[0] != filters_.size() / info.shape[1];
        if (joined_) axes_ = shape_;
    }
    const extents& shape() const { return shape_; }
    /// So many elements behind each other lie evenly, at most, and none of them beyond a multiple of it.
    int run() const { return joined_ ? 1 : where_.panel > 0 && filters_.rank == 0 ? where_.stride[0] : axes_.last(); }
    int last() const { return axes_.last(); }

    [[gnu::noinline]] std::ptrdiff_t offset(int i) const {
        extents index{.rank = axes_.rank};
        for (int axis = axes_.rank; axis-- > 0; i /= axes_[axis]) index[axis] = i % axes_[axis];
        return where_.offset(filters_.rank == 0 ? index : joined_ ? in_joined(index) : in_program(index));
    }

private:
    /// Filters: (output, input, places…) to (places…, input, output), all but the last of which may be one axis.
    extents in_program(const extents& index) const {
        const int places = index.rank - 2;
        extents all{.rank = index.rank};
        for (int k = 0; k < places; ++k) all[k] = index[k + 2];
        all[places] = index[1];
        all[places + 1] = index[0];
        if (shape_.rank == all.rank) return all;
        int row = 0;
        for (int k = 0; k <= places; ++k) row = row * filters_[k] + all[k];
        return list(row, index[0]);
    }
    /// Of a linear that reads a flattened image among other values: those keep their order.
    extents in_joined(const extents& index) const {
        const int places = filters_.rank - 2;
        int inside = index[1] - before_, row = 0;
        if (inside < 0 || inside >= filters_.size() / filters_[places + 1]) return list(index[1], index[0]);
        int place[max_rank]{};
        for (int k = places; k-- > 0; inside /= filters_[k]) place[k] = inside % filters_[k];  // what is left: channel
        for (int k = 0; k < places; ++k) row = row * filters_[k] + place[k];
        return list(before_ + row * filters_[places] + inside, index[0]);
    }
    extents shape_, axes_, filters_;  // `axes_` as the elements follow each other, of which `shape_` joins some
    int before_ = 0;
    bool joined_ = false;  // the image with other values
    layout where_;
};

[[noreturn]] SINTER_COLD inline void raise_element(std::string_view name, std::size_t size, std::size_t found) {
    raise(error_code::bad_argument, "parameter `%.*s`: expected an element below %zu, found %zu",
          static_cast<int>(name.size()), name.data(), size, found);
}
[[noreturn]] SINTER_COLD inline void raise_values(std::string_view name, std::size_t size, std::size_t found) {
    raise(error_code::shape_mismatch, "parameter `%.*s`: expected %zu values, found %zu", static_cast<int>(name.size()),
          name.data(), size, found);
}

}  // namespace detail

/// One parameter of a model: its name, its logical shape, and its elements in that order. A pointer into the model's
/// arena: of no use once that is destroyed.
template <class Scalar>
class parameter_view {
public:
    SINTER_COLD parameter_view(Scalar* arena, std::string name, const parameter_info& info,
                               const parameter_place& place)
        : data_{arena + place.offset}, name_{std::move(name)}, initial_{info.initial}, order_{info, place.where} {
        for (int axis = 0; axis < info.shape.rank; ++axis)
            shape_.push_back(static_cast<std::size_t>(order_.shape()[axis]));
    }
    const std::string& name() const { return name_; }
    const std::vector<std::size_t>& shape() const { return shape_; }
    std::size_t size() const { return static_cast<std::size_t>(order_.shape().size()); }
    const initial_value& initial() const { return initial_; }

    /// Element i in the logical order, row major. *Requires* i < size().
    Scalar& operator[](std::size_t i) const {
        assert(i < size() && "parameter_view: an element below size()");
        return data_[order_.offset(static_cast<int>(i))];
    }
    /// The same; *raises* bad_argument if there is no element i.
    Scalar& at(std::size_t i) const {
        if (i >= size()) detail::raise_element(name_, size(), i);
        return (*this)[i];
    }
    std::vector<std::remove_const_t<Scalar>> values() const {
        std::vector<std::remove_const_t<Scalar>> out(size());
        for_each_run([&](std::size_t first, std::size_t count, const Scalar* from, std::ptrdiff_t step) {
            for (std::size_t i = 0; i < count; ++i, from += step) out[first + i] = *from;
        });
        return out;
    }
    /// Sets all elements; *raises* shape_mismatch for another number of values.
    void assign(std::span<const Scalar> values) const
        requires(!std::is_const_v<Scalar>)
    {
        if (values.size() != size()) detail::raise_values(name_, size(), values.size());
        assign(values.data());
    }
    /// Sets all elements. *Requires* size() values.
    void assign(const Scalar* values) const
        requires(!std::is_const_v<Scalar>)
    {
        for_each_run([&](std::size_t first, std::size_t count, Scalar* to, std::ptrdiff_t step) {
            for (std::size_t i = 0; i < count; ++i, to += step) *to = values[first + i];
        });
    }

private:
    /// Calls use(number of the first, count, address of the first, step) for elements that lie evenly: finding the
    /// place of each alone takes milliseconds for a hundred thousand.
    template <class Use>
    void for_each_run(Use&& use) const {
        const int last = order_.last(), size = order_.shape().size();
        for (int first = 0, count = 0; first < size; first += count) {
            const auto at = order_.offset(first);
            const int rest = last - first % last;
            count = order_.run() < rest ? order_.run() : rest;
            use(static_cast<std::size_t>(first), static_cast<std::size_t>(count), data_ + at,
                count > 1 ? order_.offset(first + 1) - at : 0);
        }
    }

    Scalar* data_;
    std::string name_;
    std::vector<std::size_t> shape_;
    initial_value initial_;
    detail::parameter_order order_;
};

namespace detail {

template <class View>
SINTER_COLD View find_parameter(const std::vector<View>& views, const std::string& name) {
    for (const View& p : views)
        if (p.name() == name) return p;
    raise({error_code::unknown_name, words("the network has no parameter `", name, "`; parameters() lists the names")});
}

template <class Scalar>
SINTER_COLD void initialise(Scalar* arena, const parameter_info& info, const parameter_place& place, seed start) {
    const random_stream random{start.value, info.stream};
    const parameter_order order{info, place.where};
    for (int i = 0; i < info.shape.size(); ++i) {
        const auto n = static_cast<std::size_t>(i);
        double value = 1;
        if (info.initial.kind == distribution::uniform) value = 2 * random.uniform<double>(n) - 1;
        if (info.initial.kind == distribution::normal) value = random.normal<double>(n);
        arena[place.offset + order.offset(i)] = static_cast<Scalar>(value * info.initial.scale);
    }
}

}  // namespace detail

inline namespace SINTER_INSTRUCTION_SET {

/// Calls use(name, info, place) for each parameter of Net.
template <class Net, class Scalar, class Use>
SINTER_COLD void for_each_parameter(Use&& use) {
    const auto& report = network<Net>::report;
    for (int p = 0; p < report.parameter_count; ++p) {
        const parameter_info& info = report.parameters[p];
        use(std::string_view{report.names + info.name_first, static_cast<std::size_t>(info.name_size)}, info,
            plans<Net, Scalar, 1>::parameters::value.places[p]);
    }
}

/// Views of all parameters of Net in an arena.
template <class Net, class Scalar>
SINTER_COLD std::vector<parameter_view<Scalar>> parameters_in(Scalar* arena) {
    std::vector<parameter_view<Scalar>> views;
    views.reserve(static_cast<std::size_t>(network<Net>::report.parameter_count));
    for_each_parameter<Net, std::remove_const_t<Scalar>>(
        [&](std::string_view name, const parameter_info& info, const parameter_place& place) {
            views.emplace_back(arena, std::string{name}, info, place);
        });
    return views;
}

template <class Net, floating Scalar = float, class Rows = rows<128>>
class model {
    static_assert(is_sound<Net, network<Net>::report>);

public:
    using network_t = Net;
    using scalar_t = Scalar;
    static constexpr int capacity = Rows::capacity;
    static constexpr int parameter_elements = plans<Net, Scalar, 1>::parameters::value.elements;

    /// Copies have weights of their own. A move takes the weights along, with their views and trainers. Assignment sets
    /// the values, *raises* bad_argument if the other was moved from, and revives a model that was.
    explicit model(seed start = {}) : weights_(static_cast<std::size_t>(parameter_elements)) { initialise(start); }

    /// Starts anew.
    void initialise(seed start) {
        Scalar* const to = weights_.rewritten(static_cast<std::size_t>(parameter_elements));
        // Not by views, so that who only trains does not compile them.
        for_each_parameter<Net, Scalar>(
            [&](std::string_view, const parameter_info& info, const parameter_place& place) {
                detail::initialise(to, info, place, start);
            });
    }

    std::vector<parameter_view<Scalar>> parameters() { return parameters_in<Net>(arena()); }
    std::vector<parameter_view<const Scalar>> parameters() const { return parameters_in<Net>(arena()); }
    /// The parameter of this name; raises unknown_name.
    parameter_view<Scalar> parameter(const std::string& name) { return detail::find_parameter(parameters(), name); }
    parameter_view<const Scalar> parameter(const std::string& name) const {
        return detail::find_parameter(parameters(), name);
    }

    Scalar* arena() { return weights_.arena(); }
    const Scalar* arena() const { return weights_.arena(); }
    /// By which a trainer finds the weights, wherever they are moved.
    detail::weights_link link() { return weights_.link(); }

private:
    detail::owned_weights<Scalar> weights_;
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter
