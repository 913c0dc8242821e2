# cmake --install: programs in bin, two shared libraries in lib, their headers, and
# the package for find_package(Attn). The prefix may be moved afterwards.
include(CMakePackageConfigHelpers)

# attn_install_package(<component> LAYERS <folder>...): headers and targets.
function(attn_install_package component)
  cmake_parse_arguments(ARG "" "" "LAYERS" ${ARGN})
  foreach(layer ${ARG_LAYERS})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${layer}/include/ DESTINATION include
      FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
    install(DIRECTORY ${PROJECT_BINARY_DIR}/${layer}/include/ DESTINATION include OPTIONAL
      FILES_MATCHING PATTERN "*.inc" PATTERN "CMakeFiles" EXCLUDE)
  endforeach()
  install(EXPORT Attn${component}Targets NAMESPACE Attn:: DESTINATION lib/cmake/attn)
endfunction()

attn_install_package(Runtime LAYERS runtime)
if(ATTN_ENABLE_COMPILER)
  attn_install_package(Compiler LAYERS runtime/manifest dialect passes codegen)
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/tools/cmake/AttnConfig.cmake.in
  ${PROJECT_BINARY_DIR}/AttnConfig.cmake INSTALL_DESTINATION lib/cmake/attn)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/AttnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/AttnConfig.cmake ${PROJECT_BINARY_DIR}/AttnConfigVersion.cmake DESTINATION lib/cmake/attn)
