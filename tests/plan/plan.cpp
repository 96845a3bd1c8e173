// SPDX-License-Identifier: BSL-1.0
// Laws over the plans of random programs, cell by cell: who reads a value finds it, whole and not overwritten; a
// parameter is read by nobody after its update; offsets of live values do not meet.
#include "support/environment.hpp"
#include "support/random_program.hpp"
#include <sinter/meta/result.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/optim/optimizer.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

namespace {

using namespace sinter_test;

/// A plan with what each place stands for.
struct traced_plan {
    grouped_table grouped;
    emitted_groups emitted;
    plan_result plan;
    explicit traced_plan(const plan_request& request) {
        group_table(request, grouped);
        emit_groups(request, grouped.view(), 0, grouped.groups.groups.size(), emitted);
        place_buffers(request, grouped.view(), emitted, plan);
    }
};

/// Which cells of a slot's buffer a call touches, from the slot's place on.
class footprint {
public:
    footprint(const plan_result& plan, const call& c, int rows)
        : plan_{plan}, spec_{plan.specs.specs[c.spec]}, rows_{rows} {
        count_ = c.count_fixed + rows * c.count_per_row;
    }
    template <class Use>
    void reads(Use use) const {
        if (spec_.kind == kernel_kind::contraction) {
            const int m = extent(0), n = spec_.inner, k = spec_.depth == run_time_rows ? rows_ : spec_.depth;
            matrix(0, spec_.transposed_left ? k : m, spec_.transposed_left ? m : k, use);
            matrix(1, spec_.transposed_right ? n : k, spec_.transposed_right ? k : n, use);
        }
        for (int i = 0; i < spec_.instruction_count; ++i) {
            const instruction& c = plan_.specs.instructions[spec_.instruction_first + i];
            if (c.code == op::load) cells(c.slot, c.at == level::element ? inner() : 1, true, use);
        }
    }
    template <class Use>
    void writes(Use use) const {
        for (int o = 0; o < spec_.output_count; ++o) {
            const output& out = plan_.specs.outputs[spec_.output_first + o];
            const bool all = out.kind == output_kind::element || out.kind == output_kind::outer;
            const bool along = out.kind == output_kind::element || out.kind == output_kind::column;
            cells(out.slot, along ? inner() : 1, all, use);
        }
    }

private:
    int inner() const { return spec_.flat() ? count_ : spec_.inner; }
    int extent(int x) const {
        const int e = plan_.specs.extents[spec_.outer_first + x];
        return e == run_time_rows ? rows_ : e;
    }
    int along(int slot_number, int j) const {
        const slot& s = plan_.specs.slots[spec_.slot_first + slot_number];
        if (s.inner_stride != 1) return j * s.inner_stride;
        const int width = plan_.specs.width, panel = s.panel == 0 || spec_.flat() ? width : s.panel;
        return j / width * panel + j % width;
    }
    int stride(int slot_number, int x) const {
        return plan_.specs.strides[spec_.stride_first + slot_number * spec_.outer_count + x];
    }
    template <class Use>
    void cells(int slot_number, int count, bool every_outer, Use use) const {
        int total = 1;
        for (int x = 0; x < spec_.outer_count; ++x) total *= extent(x);
        for (int n = 0; n < (every_outer ? total : 1); ++n) {
            int offset = 0;
            for (int x = spec_.outer_count - 1, rest = n; x >= 0; rest /= extent(x), --x)
                offset += rest % extent(x) * stride(slot_number, x);
            for (int j = 0; j < count; ++j) use(slot_number, offset + along(slot_number, j));
        }
    }
    template <class Use>
    void matrix(int slot_number, int row_count, int columns, Use use) const {
        const int width = plan_.specs.width, panel = plan_.specs.slots[spec_.slot_first + slot_number].panel;
        for (int r = 0; r < row_count; ++r)
            for (int c = 0; c < columns; ++c)
                use(slot_number, r * stride(slot_number, 0) + c / width * (panel == 0 ? width : panel) + c % width);
    }

    const plan_result& plan_;
    const spec& spec_;
    int rows_, count_ = 0;
};

/// The first violation in words, or nothing.
std::string complaint(const traced_plan& p, int rows) {
    const table_view t = p.grouped.nodes.view();
    std::vector<int> owner(static_cast<std::size_t>(p.plan.workspace), -1);
    std::set<std::pair<int, int>> logical;  // node and cell of every element that has a meaning
    std::vector<int> offset_of(static_cast<std::size_t>(t.node_count), -1);
    for (int k = 0; k < p.plan.places.size(); ++k)
        if (const slot_place& s = p.emitted.places[k]; s.where == arena::workspace)
            offset_of[static_cast<std::size_t>(s.id)] = p.plan.places[k].offset - s.offset;
    for (int i = 0; i < t.node_count; ++i) {
        if (t[i].code == op::input) offset_of[static_cast<std::size_t>(i)] = p.plan.inputs[t[i].leaf].offset;
        if (const int base = offset_of[static_cast<std::size_t>(i)]; base >= 0)
            for (int r = 0; r < (t[i].rows ? rows : 1); ++r)
                for (int e = 0; e < t.size(i); ++e) {
                    const int cell = base + element_offset(t.shape(i), p.grouped.layouts[i], r, e);
                    logical.insert({i, cell});
                    if (t[i].code == op::input) owner[static_cast<std::size_t>(cell)] = i;
                }
    }
    std::set<int> updated;
    std::string wrong;
    for (int c = 0; c < p.plan.calls.size() && wrong.empty(); ++c) {
        const call& now = p.plan.calls[c];
        const footprint touched(p.plan, now, rows);
        const auto place = [&](int s) -> const slot_place& { return p.emitted.places[now.first_place + s]; };
        const auto base = [&](int s) { return p.plan.places[now.first_place + s].offset; };
        std::set<int> written_slots;
        touched.writes([&](int s, int) { written_slots.insert(s); });
        touched.reads([&](int s, int offset) {
            const slot_place& at = place(s);
            if (at.where == arena::parameters && updated.contains(at.id))
                wrong = words("call ", c, " reads parameter ", at.id, " after its update");
            if (at.where == arena::parameters && !written_slots.contains(s))
                for (const int w : written_slots)
                    if (place(w).where == arena::parameters && place(w).id == at.id)
                        wrong = words("call ", c, " reads and updates parameter ", at.id, " at different places");
            if (at.where != arena::workspace) return;
            const int cell = base(s) + offset;
            if (cell < 0 || cell >= p.plan.workspace)
                wrong = words("call ", c, " reads outside of the workspace");
            else if (owner[static_cast<std::size_t>(cell)] != at.id &&
                     (!p.plan.specs.specs[now.spec].flat() || logical.contains({at.id, cell})))
                wrong = words("call ", c, " reads node ", at.id, " where node ", owner[static_cast<std::size_t>(cell)],
                              " lies");
        });
        touched.writes([&](int s, int offset) {
            const slot_place& at = place(s);
            if (at.where == arena::parameters) updated.insert(at.id);
            if (at.where != arena::workspace) return;
            const int cell = base(s) + offset;
            if (cell < 0 || cell >= p.plan.workspace)
                wrong = words("call ", c, " writes outside of the workspace");
            else
                owner[static_cast<std::size_t>(cell)] = at.id;
        });
    }
    for (const auto& [node, cell] : logical)
        if ((t[node].code == op::input || (p.grouped.groups.stored_as[node] >= 0)) &&
            owner[static_cast<std::size_t>(cell)] != node && wrong.empty())
            wrong = words("node ", node, " does not last to the end");
    return wrong;
}

/// Values that live at the same time lie apart.
bool live_values_lie_apart(const traced_plan& p) {
    meta::vector<lifetime> values;
    sinter::detail::plan_lifetimes(p.grouped.view(), p.emitted, values);
    plan_arena(values);
    bool apart = true;
    for (const lifetime& a : values)
        for (const lifetime& b : values) {
            const bool together = a.first <= b.last && b.first <= a.last;
            const bool overlap = a.offset < b.offset + b.elements && b.offset < a.offset + a.elements;
            apart = apart && (a.node == b.node || !together || !overlap);
        }
    return apart;
}

TEST_CASE(
    "law: in the plan of a random program every read finds its value, and no parameter is read after its update") {
    const std::uint64_t first = environment_number("SINTER_SEED", 1) * 1'000'000;
    int calls = 0, workspace = 0;
    for (std::uint64_t seed = first; seed < first + environment_number("SINTER_GRAPHS", 400); ++seed) {
        CAPTURE(seed);
        const random_program x{seed};
        for (int kind = 0; kind < 3; ++kind) {
            program_table program;
            std::vector<int> outputs;
            if (kind == 0) x.write_outputs(program, outputs);
            if (kind == 1) x.write_gradients(program, seed % 2 == 0);
            if (kind == 2) x.write_step(program, adam::state_count);
            program_request_data data;
            const traced_plan p(
                data.request(x, program, seed % 4 == 0 ? grouping::single : grouping::fused, rule_table<adam>.view()));
            CAPTURE(kind);
            CHECK(complaint(p, x.g.rows) == "");
            CHECK(live_values_lie_apart(p));
            calls += p.plan.calls.size();
            workspace += p.plan.workspace;
        }
    }
    MESSAGE(calls << " calls, " << workspace << " elements of workspace");
}

TEST_CASE("plan: a slice of what was stretched along another axis is no whole buffer, though it has as many elements") {
    builder graph;  // six numbers, each twice; the first three pairs
    const int x = graph.leaf(op::input, 0, list(1, 6)), column = graph.reshape(x, list(1, 6, 1)),
              y = graph.leaf(op::input, 1, list(1, 3, 2));
    const int pairs =
        graph.record(op::slice, graph.broadcast(column, list(1, 6, 2), false), -1, -1, list(1, 0), list(1, 3, 2));
    const int effect = graph.effect(op::store, 0, graph.record(op::add, pairs, graph.record(op::exp, y)));
    const table_view table = graph.view(&effect, 1);
    planned_run<double> run;
    run.prepare(table, table, {}, 0, {}, 1, [](const node& q, int, int, int e) { return q.leaf == 0 ? e : 0; });
    run.run();
    for (int e = 0; e < 6; ++e) CHECK(run.output(0, 0, e) == e / 2 + 1);
}

TEST_CASE("plan: an input that nothing reads has memory of its own, of whole rows, behind all other values") {
    const extents shapes[] = {list(40), extents{}, list(2, 3)};
    for (int read = 0; read < 3; ++read) {  // the number of the input that is read
        builder graph;
        const int x = graph.leaf(op::input, read, shapes[read], true),
                  effect = graph.effect(op::store, 0, graph.record(op::exp, x));
        plan_result plan;
        plan_table({.table = graph.view(&effect, 1), .capacity = 5, .inputs = shapes, .input_count = 3}, plan);
        REQUIRE(plan.inputs.size() == 3);
        std::vector<int> owner(static_cast<std::size_t>(plan.workspace), -1);
        const auto take = [&](const port& p, int number) {
            CHECK(p.where.row_stride >= p.shape.size());
            for (int k = 0; k < 5 * p.where.row_stride; ++k) {
                int& cell = owner.at(static_cast<std::size_t>(p.offset + k));
                CHECK(cell == -1);
                cell = number;
            }
        };
        for (int k = 0; k < 3; ++k) {
            CHECK(plan.inputs[k].shape == shapes[k]);
            CHECK(plan.inputs[k].rows);
            take(plan.inputs[k], k);
        }
        take(plan.outputs[0], 3);
    }
}

}  // namespace
