# PONS_PLANT=name builds an engine with one bug on purpose, or with crash points, for tests/faults. Its version says so, and
# no release has it: the release preset sets it to nothing, and a test looks into the binary.
set(PONS_PLANT "" CACHE STRING "For tests/faults alone: a bug of engine/base/plant.h, or crash_points")
configure_file(${CMAKE_CURRENT_LIST_DIR}/planted.h.in ${PROJECT_BINARY_DIR}/generated/planted.h)
