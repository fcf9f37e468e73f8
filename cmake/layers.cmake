# layer(name USES lower... LINKS library...): one folder, one static library. A library may use only libraries that
# were declared before it, so a cycle cannot be written. tests/layers_test.py checks the includes against the same lists.

# What nearly every source includes: read once, by the lowest layer, for all.
set(PONS_COMMON_HEADERS <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <string_view> <variant> <vector>)

define_property(GLOBAL PROPERTY PONS_LAYERS)
set_property(GLOBAL PROPERTY PONS_LAYERS "")

function(_pons_library kind name)
  cmake_parse_arguments(L "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${name}/*.cpp)
  if(NOT sources)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp "")
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp)
  endif()
  set(target ${kind}_${name})
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC pons_options ${L_LINKS})
  if(target STREQUAL engine_base)
    target_precompile_headers(${target} PRIVATE ${PONS_COMMON_HEADERS})
  elseif(L_USES)  # which brings along the flags that they were read with
    target_precompile_headers(${target} REUSE_FROM engine_base)
  endif()
  set(allowed ${kind}/${name})
  foreach(lower IN LISTS L_USES)
    if(NOT TARGET engine_${lower})
      message(FATAL_ERROR "${kind}/${name} uses engine/${lower}, which is not declared above it")
    endif()
    target_link_libraries(${target} PUBLIC engine_${lower})
    list(APPEND allowed engine/${lower})
  endforeach()
  string(JOIN " " line ${allowed})
  set_property(GLOBAL APPEND_STRING PROPERTY PONS_LAYERS "${line}\n")
endfunction()

function(layer name)
  _pons_library(engine ${name} ${ARGN})
endfunction()

function(adapter name)
  _pons_library(adapters ${name} ${ARGN})
endfunction()
