# cmake --install BUILD --prefix DIR: the program with its scripts, inputs and man page, and the libraries solver and
# diffusion with their headers as a CMake package; the components `program` and `libraries` are either alone. All paths
# in it are relative: DIR can be moved.
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME libraries)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/scorefem)

# scorefem_install_library(MODULE TARGET...): its headers, and the targets as scorefem::NAME without their prefix.
function(scorefem_install_library module)
  foreach(target ${ARGN})
    string(REPLACE scorefem_ "" name ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  endforeach()
  install(TARGETS ${ARGN} EXPORT scorefem_${module} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT scorefem_${module} NAMESPACE scorefem:: DESTINATION ${package_folder})
  install(DIRECTORY ${module} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/scorefem
          FILES_MATCHING PATTERN *.h PATTERN precompiled.h EXCLUDE)
endfunction()

if(TARGET scorefem_solver)
  scorefem_install_library(solver scorefem_solver scorefem_dealii)
endif()
if(TARGET scorefem_diffusion)
  scorefem_install_library(diffusion scorefem_diffusion scorefem_torch)
endif()

set(modules ${SCOREFEM_MODULES})
list(REMOVE_ITEM modules pipeline)
configure_package_config_file(scripts/cmake/scorefemConfig.cmake.in ${PROJECT_BINARY_DIR}/scorefemConfig.cmake
  INSTALL_DESTINATION ${package_folder} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/scorefemConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/scorefemConfig.cmake ${PROJECT_BINARY_DIR}/scorefemConfigVersion.cmake
        DESTINATION ${package_folder})

if(TARGET scorefem)
  set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)
  # Libraries outside the system's paths, as of a module of a cluster, are found again.
  set_target_properties(scorefem PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS scorefem)
  # As in the sources, because the scripts find the inputs from where they are, and pages what they link.
  install(DIRECTORY inputs DESTINATION ${CMAKE_INSTALL_DATADIR}/scorefem PATTERN __pycache__ EXCLUDE)
  install(FILES results/own_pairs/table.md results/own_pairs/posteriors.png
          DESTINATION ${CMAKE_INSTALL_DATADIR}/scorefem/results/own_pairs)
  install(PROGRAMS scripts/studies/own_pairs.py DESTINATION ${CMAKE_INSTALL_DATADIR}/scorefem/scripts/studies)
  install(DIRECTORY scripts/program scripts/scorefem_reader scripts/slurm DESTINATION ${CMAKE_INSTALL_DATADIR}/scorefem/scripts
          USE_SOURCE_PERMISSIONS PATTERN __pycache__ EXCLUDE)
  # The page is what --help says; it is asked when installing, so that no build waits for it.
  install(CODE "execute_process(COMMAND ${PlotPython_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/cmake/man_page.py
    $<TARGET_FILE:scorefem> ${PROJECT_BINARY_DIR}/scorefem.1 COMMAND_ERROR_IS_FATAL ANY)" COMPONENT program)
  install(FILES ${PROJECT_BINARY_DIR}/scorefem.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(CODE "execute_process(COMMAND $<TARGET_FILE:scorefem> --completion bash
    OUTPUT_FILE ${PROJECT_BINARY_DIR}/scorefem.bash COMMAND_ERROR_IS_FATAL ANY)" COMPONENT program)
  install(FILES ${PROJECT_BINARY_DIR}/scorefem.bash RENAME scorefem
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
