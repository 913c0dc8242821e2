set(ATTN_WARNINGS -Wall -Wextra -Wno-unused-parameter)

# attn_use_mlir(<target>): compiles and links <target> with MLIR.
function(attn_use_mlir name)
  target_link_libraries(${name} PUBLIC AttnMLIR)
  target_precompile_headers(${name} REUSE_FROM AttnPCH)
endfunction()

# attn_add_library(<name> LAYER <folder> SOURCES ... [DEPENDS ...] [LINK ...] [MLIR])
#
# Headers of a layer live in <layer>/include and are visible only to targets
# that link a library of that layer. This is how the layer rule is enforced:
# an include of a higher layer does not compile. Installed are not these, but the
# two shared libraries made of them (Attn::Runtime, Attn::Compiler).
function(attn_add_library name)
  cmake_parse_arguments(ARG "MLIR" "LAYER" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC
    ${PROJECT_SOURCE_DIR}/${ARG_LAYER}/include ${PROJECT_BINARY_DIR}/${ARG_LAYER}/include)
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  target_compile_options(${name} PRIVATE ${ATTN_WARNINGS})
  if(ARG_MLIR)
    attn_use_mlir(${name})
    set_property(GLOBAL APPEND PROPERTY ATTN_COMPILER_LIBRARIES ${name})
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# attn_add_tool(<name> SOURCES ... [LINK ...] [MLIR]): one binary in bin/.
function(attn_add_tool name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  target_compile_options(${name} PRIVATE ${ATTN_WARNINGS})
  target_compile_definitions(${name} PRIVATE ATTN_VERSION="${PROJECT_VERSION}")
  if(ARG_MLIR)
    target_link_libraries(${name} PRIVATE AttnMLIR)
    # The precompiled header is made with -fPIC; CMake would pass -fPIE here.
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
    target_precompile_headers(${name} REUSE_FROM AttnPCH)
  endif()
  set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()
