# Finds LLVM/MLIR 22, sets up tablegen and the target AttnMLIR, which carries
# include folders, options and the two shared libraries. Only the compiler half
# includes this.
#
# `find_package(MLIR 22)` rejects 22.1.8: the version file of MLIR accepts an
# equal major.minor only. So find any version and check the major here.
find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "expected LLVM/MLIR 22 but found ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")
endif()
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# Shared MLIR and LLVM only: a static MLIR archive beside them would give one
# process two copies of every type id.
separate_arguments(ATTN_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_library(AttnMLIR INTERFACE)
target_include_directories(AttnMLIR SYSTEM INTERFACE
  $<BUILD_INTERFACE:${LLVM_INCLUDE_DIRS}> $<BUILD_INTERFACE:${MLIR_INCLUDE_DIRS}>)
target_compile_definitions(AttnMLIR INTERFACE ${ATTN_LLVM_DEFINITIONS})
target_compile_options(AttnMLIR INTERFACE -fno-exceptions
  $<$<NOT:$<BOOL:${LLVM_ENABLE_RTTI}>>:-fno-rtti>)
target_link_libraries(AttnMLIR INTERFACE MLIR LLVM)

# One precompiled header for every compiler source: MLIR's headers cost 12 s a
# file without it and about 2 s with it.
file(WRITE ${PROJECT_BINARY_DIR}/AttnPCH.cpp "")
add_library(AttnPCH OBJECT ${PROJECT_BINARY_DIR}/AttnPCH.cpp)
target_link_libraries(AttnPCH PRIVATE AttnMLIR)
target_compile_options(AttnPCH PRIVATE ${ATTN_WARNINGS})
target_precompile_headers(AttnPCH PRIVATE ${PROJECT_SOURCE_DIR}/tools/cmake/AttnPCH.h)
