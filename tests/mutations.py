#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes each edit of mutations.txt in a copy of the headers, and names those that no test sees.

usage: mutations.py [--check] [--compiler 'g++ FLAGS'] [--jobs N] [PART OF A LINE OR HEADER]

An edit is seen if a test of its room does not compile, fails, or does not end. Only those may survive behind which the
table says why they change no result. --check makes none: it says whether each can still be made.
"""
import argparse, pathlib, shutil, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

tests = pathlib.Path(__file__).resolve().parent
include = tests.parent / 'include/sinter'
passes = ['laws/planned.cpp', 'plan/plan.cpp', 'fusion/partition.cpp']
# The tests of a header or of its room, the sharpest first.
rooms = {
    'tensor': ['tensor/index_map.cpp', 'adjoint/lines.cpp', *passes],
    'graph/operations.hpp': ['adjoint/lines.cpp', 'laws/gradient.cpp', *passes],
    'graph/line_adjoint.hpp': ['adjoint/lines.cpp', 'adjoint/reverse.cpp', 'laws/gradient.cpp'],
    'graph': ['laws/gradient.cpp', 'graph/builder.cpp', 'laws/planned.cpp', 'graph/table.cpp'],
    'adjoint': ['laws/gradient.cpp', 'adjoint/reverse.cpp'],
    'fusion': passes,
    'fusion/copies.hpp': ['fusion/copies.cpp', 'laws/bodies.cpp', *passes],
    'fusion/along_rows.hpp': ['fusion/copies.cpp', 'laws/bodies.cpp', *passes],
    'fusion/partition.hpp': [*passes, 'fusion/copies.cpp'],
    'fusion/readable.hpp': [*passes, 'fusion/copies.cpp'],
    'fusion/lower.hpp': ['fusion/copies.cpp', *passes],
    'fusion/boxes.hpp': ['laws/views.cpp', *passes],
    'fusion/small_windows.hpp': ['laws/views.cpp', *passes],
    'plan': passes,
    'kernel': ['kernel/contraction.cpp', 'laws/programs.cpp'],
    'kernel/over_axes.hpp': ['kernel/over_axes.cpp'],
    'kernel/loop.hpp': ['kernel/loop.cpp', 'laws/programs.cpp'],
    'kernel/walk.hpp': ['kernel/walk.cpp', 'kernel/strips.cpp'],
    'kernel/strips.hpp': ['kernel/strips.cpp'],
    'kernel/depth_box.hpp': ['kernel/over_axes.cpp'],
    'program': ['program/team.cpp', 'program/program.cpp', 'laws/programs.cpp'],
    'program/function.hpp': ['program/function.cpp', 'laws/functions.cpp'],
    'program/stored_function.hpp': ['program/function.cpp'],
    'program/argument_fault.hpp': ['program/function.cpp'],
    'graph/heads.hpp': ['nn/attention.cpp'],
    'graph/samples.hpp': ['laws/samples.cpp'],
    'graph/cut_of_product.hpp': ['laws/convolutions.cpp', 'program/products.cpp'],
    'graph/windows_of_product.hpp': ['program/products.cpp', 'laws/views.cpp'],
    'nn/with_parameters.hpp': ['train/layer_function.cpp'],
    'train/inference_weights.hpp': ['train/inference.cpp', 'train/lists.cpp'],
    'data': ['data/minibatch.cpp', 'data/dataset.cpp'],
    'nn/inputs.hpp': ['train/lists.cpp'],
    'nn/convolution.hpp': ['laws/convolutions.cpp'],
    'nn/conv_options.hpp': ['nn/conv.cpp', 'laws/convolutions.cpp'],
    'nn/image_order.hpp': ['nn/image_order.cpp'],
    'train/model.hpp': ['train/convolutions.cpp', 'train/model.cpp'],
    'data/columns.hpp': ['data/columns.cpp', 'train/lists.cpp'],
    'train/loss_lists.hpp': ['train/lists.cpp'],
    'train/list_recipes.hpp': ['train/lists.cpp'],
    'train/list_buffers.hpp': ['train/lists.cpp'],
    'train/evaluation.hpp': ['train/lists.cpp'],
    'train/inference_lists.hpp': ['train/lists.cpp'],
    'train': ['train/trainer.cpp', 'train/inference.cpp', 'train/fit.cpp'],
}
longest = 300  # seconds that a test may run


def edits():
    """(header, old text, new text, why nothing changes or '') of each line of the table."""
    for line in (tests / 'mutations.txt').read_text().splitlines():
        if line.startswith('#') or not line.strip():
            continue
        if not line.startswith(' '):
            header = line.strip()
            continue
        edit, _, reason = line.strip().partition('  # ')
        old, new = edit.split(' ==> ')
        yield header, old, '' if new == '(nothing)' else new, reason


def seen_by(header, old, new, compiler):
    """What sees the edit, or None."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(include, f'{folder}/sinter')
        text = (include / header).read_text()
        assert text.count(old) == 1, f'{header}: {text.count(old)} times: {old}'
        pathlib.Path(folder, 'sinter', header).write_text(text.replace(old, new))
        for test in rooms.get(header) or rooms[header.split('/')[0]]:
            built = subprocess.run([*compiler, f'-I{folder}', f'-I{tests}', tests / test, main.name, '-lz', '-pthread',
                                    '-o', f'{folder}/test'], capture_output=True)
            if built.returncode != 0:
                return f'the compiler, {test}'
            try:
                ran = subprocess.run([f'{folder}/test'], capture_output=True, timeout=longest)
            except subprocess.TimeoutExpired:
                return f'{test}, which does not end'
            if ran.returncode != 0:
                return test
    return None


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('--check', action='store_true')
parser.add_argument('--compiler', default='g++')
parser.add_argument('--jobs', type=int, default=1)
parser.add_argument('part', nargs='?', default='')
arguments = parser.parse_args()
if arguments.check:
    gone = [f'{header}: {old}' for header, old, *_ in edits() if (include / header).read_text().count(old) != 1]
    sys.exit('these stand not once in their header, see tests/mutations.txt:\n' + '\n'.join(gone) if gone else 0)
compiler = [*arguments.compiler.split(), '-std=c++20', '-O1', '-march=native', '-ffp-contract=off']
main = tempfile.NamedTemporaryFile(suffix='.o')
subprocess.run([*compiler, '-c', tests / 'doctest_main.cpp', '-o', main.name], check=True)
chosen = [e for e in edits() if arguments.part in e[0] or arguments.part in e[1]]
wrong = 0
with ThreadPoolExecutor(arguments.jobs) as pool:
    for (header, old, new, reason), seen in zip(chosen, pool.map(lambda e: seen_by(*e[:3], compiler), chosen)):
        surprise = (seen is None) != bool(reason)
        wrong += surprise
        print(f'{"!!" if surprise else "ok"} {header}: {old} ==> {new}: {seen or "nobody"}', flush=True)
print(f'{len(chosen)} edits, {wrong} of them not as the table says')
sys.exit(wrong > 0)
