// SPDX-License-Identifier: BSL-1.0
// Laws over the plans of random programs, cell by cell: who reads a value finds it, whole and not overwritten; a
// parameter is read by nobody after its update; offsets of live values do not meet; specs are what kernels expect, and
// users' buffers lie row by row.
#include "support/environment.hpp"
#include "support/random_body.hpp"
#include "support/random_program.hpp"
#include <sinter/meta/result.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/optim/optimizer.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace {

using namespace sinter_test;

/// A plan with what each place stands for.
struct traced_plan {
    grouped_table grouped;
    emitted_groups emitted;
    plan_result plan;
    meta::vector<lifetime> values, block_values;
    explicit traced_plan(const plan_request& request) {
        group_table(request, grouped);
        emit_groups(request, grouped.view(), 0, grouped.groups.groups.size(), emitted);
        sinter::detail::chains blocked;
        sinter::detail::find_chains(request, grouped.view(), emitted,
                                    sinter::detail::calls_until_output(grouped.view(), emitted), blocked);
        sinter::detail::plan_lifetimes(request, grouped.view(), emitted, blocked, values, block_values);
        plan_arena(values);
        plan_arena(block_values);
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
            const spec_pools& list = plan_.specs;
            const bool left = left_is_transposed(list, spec_), right = right_is_transposed(list, spec_);
            const int m = extent(0), n = spec_.inner, k = depth_of(list, spec_, rows_);
            matrix(0, left ? k : m, left_line(list, spec_), left ? m : k, use);
            matrix(1, right ? n : k, right_line(list, spec_), right ? k : n, use);
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
            cells(out.slot, along && !(spec_.lanes > 0 && out.kind == output_kind::column) ? inner() : 1, all, use);
        }
    }

private:
    int inner() const { return spec_.flat() ? count_ : spec_.inner; }
    int extent(int x) const {
        const int e = plan_.specs.extents[spec_.outer_first + x];
        return e == run_time_rows ? rows_ : e;
    }
    int in_panels(const slot& s, int j, int stride) const {
        if (stride != 1) return j * stride;
        const int width = plan_.specs.target.width(), panel = s.panel == 0 || spec_.flat() ? width : s.panel;
        return panel_offset(j, width, panel);
    }
    int along(int slot_number, int j, int lane) const {
        const slot& s = plan_.specs.slots[spec_.slot_first + slot_number];
        return spec_.lanes == 0 ? in_panels(s, j, s.inner_stride)
                                : j * s.inner_stride + in_panels(s, lane, s.lane_stride);
    }
    int stride(int slot_number, int x) const { return plan_.specs.strides[spec_.stride_of(slot_number, x)]; }
    template <class Use>
    void cells(int slot_number, int count, bool every_outer, Use use) const {
        int total = 1;
        for (int x = 0; x < spec_.outer_count; ++x) total *= extent(x);
        for (int n = 0; n < (every_outer ? total : 1); ++n) {
            int offset = 0;
            for (int x = spec_.outer_count - 1, rest = n; x >= 0; rest /= extent(x), --x)
                offset += rest % extent(x) * stride(slot_number, x);
            for (int j = 0; j < count; ++j)
                for (int lane = 0; lane < (spec_.lanes > 0 ? spec_.lanes : 1); ++lane)
                    use(slot_number, offset + along(slot_number, j, lane));
        }
    }
    template <class Use>
    void matrix(int slot_number, int row_count, int line, int columns, Use use) const {
        const int width = plan_.specs.target.width(), panel = plan_.specs.slots[spec_.slot_first + slot_number].panel;
        for (int r = 0; r < row_count; ++r)
            for (int c = 0; c < columns; ++c)
                use(slot_number, r * line + panel_offset(c, width, panel == 0 ? width : panel));
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
        if (const slot_place& s = p.emitted.places[k];
            s.where == arena::workspace && p.plan.places[k].where != arena::block)
            offset_of[static_cast<std::size_t>(s.id)] = p.plan.places[k].offset - s.offset;
    for (int i = 0; i < t.node_count; ++i) {
        if (t[i].code == op::input) offset_of[static_cast<std::size_t>(i)] = p.plan.inputs[t[i].number].offset;
        if (const int base = offset_of[static_cast<std::size_t>(i)]; base >= 0)  // not of a block's value
            for (int r = 0; r < (t[i].rows ? rows : 1); ++r)
                for (int e = 0; e < t.size(i); ++e) {
                    const int cell = base + element_offset(t.shape(i), p.grouped.layouts[i], r, e);
                    logical.insert({i, cell});
                    if (t[i].code == op::input) owner[static_cast<std::size_t>(cell)] = i;
                }
    }
    const auto is_updated = [](const slot_place& at) {
        return at.where == arena::parameters || at.where == arena::state;
    };
    const auto updated_buffer = [](const slot_place& at) {
        return std::tuple{static_cast<int>(at.where), static_cast<int>(at.id), static_cast<int>(at.part)};
    };
    std::set<std::tuple<int, int, int>> updated;
    std::string wrong;
    std::vector<std::pair<int, int>> block_owner(static_cast<std::size_t>(p.plan.block_elements), {-1, -1});
    const auto run_call = [&](int c, int first_row, int count) {
        if (!wrong.empty()) return;
        const call& now = p.plan.calls[c];
        const footprint touched(p.plan, now, count);
        const auto place = [&](int s) -> const slot_place& { return p.emitted.places[now.first_place + s]; };
        const auto of_block = [&](int s) { return p.plan.places[now.first_place + s].where == arena::block; };
        const auto base = [&](int s) {
            const place_in_arena& at = p.plan.places[now.first_place + s];
            return at.offset + first_row * at.row;
        };
        std::set<int> written_slots;
        touched.writes([&](int s, int) { written_slots.insert(s); });
        touched.reads([&](int s, int offset) {
            const slot_place& at = place(s);
            if (is_updated(at) && updated.contains(updated_buffer(at)))
                wrong = words("call ", c, " reads parameter ", at.id, " or a state of it after its update");
            if (is_updated(at) && !written_slots.contains(s))
                for (const int w : written_slots)
                    if (updated_buffer(place(w)) == updated_buffer(at))
                        wrong = words("call ", c, " reads and updates parameter ", at.id, " at different places");
            if (at.where != arena::workspace) return;
            const int cell = base(s) + offset;
            if (of_block(s)) {
                if (cell < 0 || cell >= p.plan.block_elements)
                    wrong = words("call ", c, " reads outside of its block");
                else if (block_owner[static_cast<std::size_t>(cell)] != std::pair{at.id, first_row} &&
                         !p.plan.specs.specs[now.spec].flat())
                    wrong =
                        words("call ", c, " reads node ", at.id, " where another one, or a row of another block, lies");
            } else if (cell < 0 || cell >= p.plan.workspace)
                wrong = words("call ", c, " reads outside of the workspace");
            else if (owner[static_cast<std::size_t>(cell)] != at.id &&
                     (!p.plan.specs.specs[now.spec].flat() || logical.contains({at.id, cell})))
                wrong = words("call ", c, " reads node ", at.id, " where node ", owner[static_cast<std::size_t>(cell)],
                              " lies");
        });
        touched.writes([&](int s, int offset) {
            const slot_place& at = place(s);
            if (is_updated(at)) updated.insert(updated_buffer(at));
            if (at.where != arena::workspace) return;
            const int cell = base(s) + offset;
            if (of_block(s)) {
                if (cell < 0 || cell >= p.plan.block_elements)
                    wrong = words("call ", c, " writes outside of its block");
                else
                    block_owner[static_cast<std::size_t>(cell)] = {at.id, first_row};
            } else if (cell < 0 || cell >= p.plan.workspace)
                wrong = words("call ", c, " writes outside of the workspace");
            else
                owner[static_cast<std::size_t>(cell)] = at.id;
        });
    };
    walk_schedule(
        p.plan.blocks.begin(), p.plan.blocks.size(), 0, p.plan.calls.size(), rows, {},
        [&](int c) { run_call(c, 0, rows); }, run_call, [] {});
    for (const auto& [node, cell] : logical)
        if ((t[node].code == op::input || (p.grouped.groups.stored_as[node] >= 0)) &&
            owner[static_cast<std::size_t>(cell)] != node && wrong.empty())
            wrong = words("node ", node, " does not last to the end");
    return wrong;
}

/// What kernel/spec.hpp promises of every spec; the first broken promise in words, or nothing.
std::string broken_promise(const spec_pools& list, int index) {
    const spec& s = list.specs[index];
    const auto code = [&](int i) -> const instruction& { return list.instructions[s.instruction_first + i]; };
    const bool product = s.kind == kernel_kind::contraction;
    if (s.flat() && s.outer_count != 0) return "a flat spec has outer axes";
    for (int x = 1; x < s.outer_count; ++x)
        if (list.extents[s.outer_first + x] < 1) return "rows are not the first axis";
    for (int i = 0; i < s.instruction_count; ++i) {
        const instruction& c = code(i);
        if (is_reduction(c.code) && (product || s.flat())) return "a product or a flat spec reduces";
        if (is_reduction(c.code) && c.at != level::outer) return "a sum has a value per element";
        if ((c.slot >= 0) != (c.code == op::load) || c.slot >= s.slot_count) return "a load is no load of a slot";
        for (const short x : {c.a, c.b, c.c}) {
            if (x >= i) return "an instruction reads a later one";
            if (x >= 0 && c.at == level::outer && code(x).at == level::element && !is_reduction(c.code))
                return "a value per outer index reads one per element";
        }
    }
    for (int o = 0; o < s.output_count; ++o) {
        const output& out = list.outputs[s.output_first + o];
        const slot& to = list.slots[s.slot_first + out.slot];
        const bool along = out.kind == output_kind::element || out.kind == output_kind::column;
        const bool walked = s.lanes > 0 && out.kind == output_kind::column;
        if (along && !walked && to.inner_stride == 0) return "what is stored for each element has no place for each";
        if (s.lanes > 0 && to.lane_stride == 0) return "what is stored for each lane has no place for each";
        if (out.kind == output_kind::outer && code(out.value).at != level::outer)
            return "an outer value is per element";
        if (s.flat() && out.kind != output_kind::element) return "a flat spec sums padding";
        if (to.integer) return "an integer slot is written";
    }
    return {};
}

/// Users read and write a sample as contiguous elements, a stride apart; only the library knows panels.
std::string hidden_port(const plan_result& plan) {
    for (const meta::vector<port>* ports : {&plan.inputs, &plan.outputs})
        for (const port& p : *ports)
            for (int e = 0; e < p.shape.size(); ++e)
                if (p.where.panel != 0 || (p.rows && element_offset(p.shape, p.where, 1, e) != p.where.row_stride + e))
                    return words("element ", e, " of a port of ", p.shape.size(), " lies elsewhere");
    return {};
}

/// What comes behind `calls_until_output` writes no output, which the call before it does; no chain reaches over it.
std::string wrong_places(const traced_plan& p) {
    const table_view t = p.grouped.nodes.view();
    int last = 0;
    for (int c = 0; c < p.plan.calls.size(); ++c)
        footprint(p.plan, p.plan.calls[c], 1).writes([&](int s, int) {
            const slot_place& to = p.emitted.places[p.plan.calls[c].first_place + s];
            if (to.where != arena::workspace) return;
            const int effect = p.grouped.groups.stored_as[to.id];
            if (effect >= 0 && t[effect].code == op::output) last = c + 1;
        });
    for (const blocked_calls& chain : p.plan.blocks)
        if (chain.first < last && last < chain.last) return "a chain reaches over the end of the forward part";
    return last == p.plan.calls_until_output ? "" : words("outputs are complete after ", last, " calls");
}

/// Values that live at the same time lie apart.
bool live_values_lie_apart(const traced_plan& p) {
    bool apart = true;
    for (const meta::vector<lifetime>* all : {&p.values, &p.block_values}) {
        for (const lifetime& a : *all)
            for (const lifetime& b : *all) {
                const bool together = a.first <= b.last && b.first <= a.last;
                const bool overlap = a.offset < b.offset + b.elements && b.offset < a.offset + a.elements;
                apart = apart && (a.node == b.node || !together || !overlap);
            }
    }
    return apart;
}

/// A matrix that a product reads by rows, which likes panels, and `other(graph, p)`: both are as the interpreter says.
template <class Other>
void check_beside_product(Other other) {
    for (const int lanes : {1, 2, 4}) {
        builder graph;
        const int p = graph.leaf(op::parameter, 0, list(3, 4 * lanes)), x = graph.leaf(op::input, 0, list(3), true);
        const int values[] = {graph.matmul(x, p), other(graph, p)};
        const int effects[] = {graph.effect(op::output, 0, {values[0]}), graph.effect(op::output, 1, {values[1]})};
        const auto leaf = [](const node& q, int, int r, int e) { return 0.25 * ((q.number + 3 * r + 5 * e) % 7 - 3); };
        builder canonical;
        meta::vector<int> roots;
        canonicalise(graph.view(), effects, 2, canonical, roots);
        const table_view table = canonical.view(roots.begin(), 2);
        planned_run<double> run;
        run.prepare(table, table, 0, {.target = {lanes, 16}, .capacity = 2}, 2, leaf);
        run.run();
        interpreter<double> wanted;
        wanted.run(graph.view(), 2, leaf);
        for (int k = 0; k < 2; ++k)
            for (int e = 0; e < graph.shape(values[k]).size(); ++e)
                CHECK(run.output(k, 0, e) == doctest::Approx(wanted.at(values[k], 0, e)).epsilon(1e-12));
    }
}

TEST_CASE("plan: a matrix that a product would like in panels lies in rows where something else reads it across") {
    const auto tensor = [](builder& g, int p) {
        return g.record(op::exp, {g.leaf(op::input, 1, list(3, g.shape(p)[1], 2))});
    };
    check_beside_product([&](builder& g, int p) {  // per outer index of a loop along another axis
        return g.record(op::multiply, {g.sum(tensor(g, p), list(0, 2)), p});
    });
    check_beside_product([](builder& g, int p) {  // as one long row
        return g.record(op::exp, {g.reshape(p, list(g.shape(p).size()))});
    });
    check_beside_product([](builder& g, int p) { return g.sum(g.record(op::exp, {p}), list(0, 0)); });
    check_beside_product(
        [](builder& g, int p) { return g.record(op::exp, {g.record(op::transpose, {p}, list(1, 0))}); });
    check_beside_product([](builder&, int p) { return p; });
}

TEST_CASE("plan: two specs are kept as one only if every number of theirs is the same") {
    const auto add = [](spec_pools& p) {
        p.specs.push({.kind = kernel_kind::contraction,
                      .inner = 5,
                      .depth_count = 1,
                      .outer_first = p.extents.size(),
                      .outer_count = 1,
                      .instruction_first = p.instructions.size(),
                      .instruction_count = 1,
                      .output_first = p.outputs.size(),
                      .output_count = 1,
                      .slot_first = p.slots.size(),
                      .slot_count = 1,
                      .stride_first = p.strides.size()});
        p.extents.push(3);
        p.extents.push(17);
        p.instructions.push({.code = op::constant, .value = 0.0});
        p.outputs.push({.value = 0, .slot = 0});
        p.slots.push({});
        p.strides.push(16);
        p.strides.push(1);
        return sinter::detail::intern_spec(p);
    };
    int edits = 0;
    const auto kept = [&](auto edit) {
        spec_pools p;
        add(p);
        edit(p, p.specs.back());  // of the one that is there
        CAPTURE(++edits);
        CHECK(add(p) == 1);
        CHECK(add(p) == 1);
    };
    kept([](auto&, spec& s) { s.kind = kernel_kind::loop; });
    kept([](auto&, spec& s) { s.inner = 6; });
    kept([](auto&, spec& s) { s.depth_count = 0; });
    kept([](auto&, spec& s) { s.outer_count = 0; });
    kept([](auto&, spec& s) { s.instruction_count = 0; });
    kept([](auto&, spec& s) { s.output_count = 0; });
    kept([](auto&, spec& s) { s.slot_count = 0; });
    kept([](auto& p, spec&) { p.extents.back() = 4; });
    kept([](auto& p, spec&) { p.extents[0] = 4; });
    kept([](auto& p, spec&) { p.instructions.back().value = -0.0; });
    kept([](auto& p, spec&) { p.outputs.back().kind = output_kind::column; });
    kept([](auto& p, spec&) { p.slots.back().padding = 1; });
    kept([](auto& p, spec&) { p.strides.back() = 32; });
    kept([](auto& p, spec&) { p.strides[0] = 32; });
}

/// max(x, c) and min(x, c) of x as an output, in lanes of one.
template <op Code>
double planned(double x, double c) {
    builder graph;
    const int value = graph.record(Code, {graph.leaf(op::input, 0, list(1)), graph.constant(c)}),
              effect = graph.effect(op::output, 0, {value});
    planned_run<double> run;
    run.prepare(graph.view(&effect, 1), graph.view(), 0, {}, 1, [&](const node&, int, int, int) { return x; });
    run.run();
    return run.output(0, 0, 0);
}
TEST_CASE("plan: the larger of two zeros is the one that the operation says, also where a constant is one of them") {
    const auto bits = [](double x) { return __builtin_bit_cast(std::uint64_t, x); };
    for (const double x : {-0.0, 0.0, -1.0, 1.0})
        for (const double c : {-0.0, 0.0, -1.0, 1.0}) {
            CAPTURE(x);
            CAPTURE(c);
            const simd::one_lane<double> a{x}, b{c};
            CHECK(bits(planned<op::maximum>(x, c)) == bits(elementwise<op::maximum>.value(a, b).v));
            CHECK(bits(planned<op::minimum>(x, c)) == bits(elementwise<op::minimum>.value(a, b).v));
        }
}

TEST_CASE(
    "law: in the plan of a random program every read finds its value, and no parameter is read after its update") {
    const std::uint64_t first = environment_number("SINTER_SEED", 1) * 1'000'000;
    int calls = 0, workspace = 0;
    for (std::uint64_t seed = first; seed < first + environment_number("SINTER_GRAPHS", 400); ++seed) {
        CAPTURE(seed);
        const random_program x{seed};
        for (int kind = 0; kind < 4; ++kind) {
            whole_step program;
            std::vector<int> outputs;
            if (kind == 0) x.write_outputs(program, outputs);
            if (kind == 1) x.write_gradients(program, seed % 2 == 0);
            if (kind == 2) x.write_step(program, rule_table<adam>.view());
            if (kind == 3) write_whole_step(x, seed, program);
            program_request_data data;
            const traced_plan p(data.request(x, program, seed % 4 == 0 ? grouping::single : grouping::fused));
            CAPTURE(kind);
            CHECK(complaint(p, x.g.rows) == "");
            CHECK(live_values_lie_apart(p));
            CHECK(hidden_port(p.plan) == "");
            CHECK(wrong_places(p) == "");
            for (int i = 0; i < p.plan.specs.specs.size(); ++i) CHECK(broken_promise(p.plan.specs, i) == "");
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
        graph.record(op::slice, {graph.broadcast(column, list(1, 6, 2), false)}, list(1, 0), list(1, 3, 2));
    const int effect = graph.effect(op::output, 0, {graph.record(op::add, {pairs, graph.record(op::exp, {y})})});
    const table_view table = graph.view(&effect, 1);
    planned_run<double> run;
    run.prepare(table, table, 0, {}, 1, [](const node& q, int, int, int e) { return q.number == 0 ? e : 0; });
    run.run();
    for (int e = 0; e < 6; ++e) CHECK(run.output(0, 0, e) == e / 2 + 1);
}

TEST_CASE("plan: a port at an address has its number as place, and memory in the workspace unless it is a caller's") {
    builder graph;  // two inputs, one of integers; the second output is read again
    const int x = graph.leaf(op::input, 0, list(7), true),
              n = graph.leaf(op::input, 1, list(7), true, value_kind::integer);
    const int product = graph.matmul(x, graph.leaf(op::input, 2, list(7, 5))), sum = graph.record(op::add, {x, n});
    const int effects[] = {
        graph.effect(op::output, 1, {product}),
        graph.effect(op::output, 0,
                     {graph.matmul(graph.record(op::exp, {product}), graph.leaf(op::input, 3, list(5, 4)))}),
        graph.effect(op::output, 2, {sum})};
    const int all_in_workspace =
        traced_plan({.table = graph.view(effects, 3), .target = {8, 32}, .capacity = 6}).plan.workspace;
    for (const ports inputs : {ports::in_workspace, ports::addressed, ports::of_callers})
        for (const ports outputs : {ports::in_workspace, ports::addressed, ports::of_callers}) {
            traced_plan p({.table = graph.view(effects, 3),
                           .target = {8, 32},
                           .capacity = 6,
                           .inputs_are = inputs,
                           .outputs_are = outputs});
            const table_view t = p.grouped.nodes.view();
            int number_of_ports = 0;
            for (int k = 0; k < p.plan.places.size(); ++k) {
                const slot_place& s = p.emitted.places[k];
                const place_in_arena& at = p.plan.places[k];
                const int output = sinter::detail::output_of(p.grouped.view(), s.id);
                const bool is_input = t[s.id].code == op::input;
                const ports here = is_input ? inputs : output >= 0 ? outputs : ports::in_workspace;
                CHECK((at.where >= arena::inputs) == (here != ports::in_workspace));
                if (here == ports::in_workspace) continue;
                ++number_of_ports;
                CHECK(at.where == (is_input ? arena::inputs : arena::outputs));
                CHECK(at.number == (is_input ? t[s.id].number : output));
                CHECK(at.integer == (is_input && at.number == 1));
                CHECK(at.offset == 0);
            }
            CHECK((number_of_ports > 0) == (inputs != ports::in_workspace || outputs != ports::in_workspace));
            int memory = p.plan.workspace;
            const auto check = [&](const meta::vector<port>& all, ports are) {
                for (const port& q : all) {
                    CHECK((q.where.pitch == q.where.run) == (are == ports::of_callers));
                    CHECK((q.where.elements == q.shape.size() * (q.rows ? 6 : 1)) == (are == ports::of_callers));
                    if (are == ports::of_callers) memory += 6 * round_up(q.shape.size(), alignment_elements);
                }
            };
            check(p.plan.inputs, inputs);
            check(p.plan.outputs, outputs);
            CHECK(memory >= all_in_workspace);
            CHECK((p.plan.workspace < all_in_workspace) ==
                  (inputs == ports::of_callers || outputs == ports::of_callers));
        }
}

TEST_CASE("plan: an input that nothing reads has memory of its own, of whole rows, behind all other values") {
    const extents shapes[] = {list(40), extents{}, list(2, 3)};
    for (int read = 0; read < 3; ++read) {  // the number of the input that is read
        builder graph;
        const int x = graph.leaf(op::input, read, shapes[read], true),
                  effect = graph.effect(op::output, 0, {graph.record(op::exp, {x})});
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
