// SPDX-License-Identifier: BSL-1.0
// Maps of indices: composition is reading after reading, associative, with the identity neutral; it is rejected where a
// third term is needed, and nowhere else.
#include "support/random_stream.hpp"
#include <sinter/tensor/index_map.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sinter;
using sinter_test::random_stream;

/// A map from an index of `from` axes to one of `to` axes; coefficients are small and often 0.
index_map random_map(random_stream& random, int from, int to, int most_terms = 2) {
    index_map m{.rank = to};
    for (int k = 0; k < to; ++k) {
        m.offset[k] = random.below(7) - 3;
        for (int term = random.below(most_terms + 1); term > 0; --term)
            m.add(k, random.below(from), random.below(7) - 3);
    }
    return m;
}
extents random_index(random_stream& random, int rank) {
    extents i{.rank = rank};
    for (int k = 0; k < rank; ++k) i[k] = random.below(9);
    return i;
}
extents read(const index_map& m, const extents& index) {
    extents x{.rank = m.rank};
    for (int k = 0; k < m.rank; ++k) x[k] = m.at(k, index);
    return x;
}
/// How many axes of an index each axis of inner after outer depends on, at most, in exact arithmetic.
int terms_needed(const index_map& outer, const index_map& inner, int from) {
    int most = 0;
    for (int k = 0; k < inner.rank; ++k) {
        int sums[max_rank] = {};
        const auto add = [&](int axis, int by) {
            if (by == 0) return;
            sums[outer.axis[axis]] += by * outer.factor[axis];
            sums[outer.second_axis[axis]] += by * outer.second_factor[axis];
        };
        add(inner.axis[k], inner.factor[k]);
        add(inner.second_axis[k], inner.second_factor[k]);
        int terms = 0;
        for (int axis = 0; axis < from; ++axis) terms += sums[axis] != 0;
        most = terms > most ? terms : most;
    }
    return most;
}

TEST_CASE("index_map: a composition reads what one map reads behind the other; a third term rejects it") {
    random_stream random(11);
    int composed = 0, rejected = 0;
    for (int i = 0; i < 20000; ++i) {
        const int from = 1 + random.below(4), between = 1 + random.below(4), to = 1 + random.below(4);
        const index_map outer = random_map(random, from, between), inner = random_map(random, between, to);
        const index_map both = compose(outer, inner);
        if (both.rejected()) {
            ++rejected;
            continue;
        }
        ++composed;
        CHECK(terms_needed(outer, inner, from) <= 2);
        for (int j = 0; j < 4; ++j) {
            const extents index = random_index(random, from);
            CHECK(read(both, index) == read(inner, read(outer, index)));
        }
        int seconds = 0;
        for (int k = 0; k < both.rank; ++k) seconds += both.second_factor[k] != 0;
        CHECK(seconds == both.seconds);
    }
    CHECK(composed > 5000);
    CHECK(rejected > 200);
}

TEST_CASE("index_map: nothing is rejected that two terms can say, unless a third one came and went") {
    random_stream random(12);
    for (int i = 0; i < 20000; ++i) {
        const int from = 1 + random.below(4), between = 1 + random.below(4), to = 1 + random.below(4);
        // Where one of the maps has one term an axis, no third one can come and go.
        const index_map outer = random_map(random, from, between, 1 + i % 2),
                        inner = random_map(random, between, to, 2 - i % 2);
        CHECK(compose(outer, inner).rejected() == (terms_needed(outer, inner, from) > 2));
    }
}

TEST_CASE("index_map: composition is associative, and the identity changes nothing") {
    random_stream random(13);
    int compared = 0;
    for (int i = 0; i < 20000; ++i) {
        const int a = 1 + random.below(4), b = 1 + random.below(4), c = 1 + random.below(4), d = 1 + random.below(4);
        const index_map first = random_map(random, a, b, 1 + random.below(2)), second = random_map(random, b, c, 1),
                        third = random_map(random, c, d, 1 + random.below(2));
        const index_map left = compose(compose(first, second), third), right = compose(first, compose(second, third));
        if (!left.rejected() && !right.rejected()) {
            ++compared;
            CHECK(left == right);
        }
        extents from, to;
        for (int k = 0; k < a; ++k) from.push(2 + random.below(5));
        for (int k = 0; k < b; ++k) to.push(2 + random.below(5));
        CHECK(compose(identity_map(from), first) == first);
        CHECK(compose(first, identity_map(to)) == first);
    }
    CHECK(compared > 5000);
}

static_assert(compose(index_map{.rank = -1}, identity_map(list(2))).rejected());
static_assert(compose(identity_map(list(2)), index_map{.rank = -1}).rejected());

}  // namespace
