# Finds the Python that has matplotlib and h5py: the first python3 on the PATH need not be the system's.
# Sets PlotPython_EXECUTABLE (a cache entry, to be given by hand for another one) and PlotPython_FOUND.
if(NOT PlotPython_EXECUTABLE)
  find_program(path_python python3 NO_CACHE)
  foreach(candidate /usr/bin/python3 ${path_python})
    execute_process(COMMAND ${candidate} -c "import matplotlib, h5py" RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(NOT failed)
      set(PlotPython_EXECUTABLE ${candidate} CACHE FILEPATH "python3 with matplotlib and h5py")
      break()
    endif()
  endforeach()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PlotPython REQUIRED_VARS PlotPython_EXECUTABLE
  REASON_FAILURE_MESSAGE "no python3 with matplotlib and h5py (Debian: python3-matplotlib python3-h5py)")
mark_as_advanced(PlotPython_EXECUTABLE)
