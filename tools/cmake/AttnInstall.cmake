include(CMakePackageConfigHelpers)
foreach(layer dialect passes codegen runtime/manifest runtime)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${layer}/include/ DESTINATION include FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
  install(DIRECTORY ${PROJECT_BINARY_DIR}/${layer}/include/ DESTINATION include OPTIONAL
    FILES_MATCHING PATTERN "*.inc" PATTERN "CMakeFiles" EXCLUDE)
endforeach()
install(EXPORT AttnTargets NAMESPACE Attn:: DESTINATION lib/cmake/attn)
configure_package_config_file(${PROJECT_SOURCE_DIR}/tools/cmake/AttnConfig.cmake.in
  ${PROJECT_BINARY_DIR}/AttnConfig.cmake INSTALL_DESTINATION lib/cmake/attn)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/AttnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/AttnConfig.cmake ${PROJECT_BINARY_DIR}/AttnConfigVersion.cmake DESTINATION lib/cmake/attn)
