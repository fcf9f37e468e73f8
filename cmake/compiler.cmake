# Warnings are errors for our own code; third-party headers are system headers.
add_library(pons_options INTERFACE)
target_compile_options(pons_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
target_include_directories(pons_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_definitions(pons_options INTERFACE PONS_VERSION="${PROJECT_VERSION}")

option(PONS_WERROR "Treat warnings as errors" OFF)
if(PONS_WERROR)
  target_compile_options(pons_options INTERFACE -Werror)
endif()

set(PONS_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined or thread")
if(PONS_SANITIZE)
  # GCC 12 takes the sanitizers' own code for uses of what is not set (std::regex, std::optional).
  add_compile_options(-Wno-maybe-uninitialized)
  add_compile_options(-fsanitize=${PONS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PONS_SANITIZE})
endif()

option(PONS_LIBFUZZER "Instrument for libFuzzer, and link the fuzz targets with it (clang)" OFF)
if(PONS_LIBFUZZER)
  # RapidJSON adds to a null pointer while its stack is empty; its headers are inlined into ours.
  add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow)
endif()

find_program(PONS_CCACHE ccache)
if(PONS_CCACHE)
  # Without these ccache takes nothing that was compiled with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${PONS_CCACHE})
  add_compile_options(-fpch-preprocess)
endif()
find_program(PONS_LLD ld.lld)
if(PONS_LLD)
  add_link_options(-fuse-ld=lld)
endif()
