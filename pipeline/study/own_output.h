#pragma once

#include <string>
#include <vector>

namespace scorefem::study {

/// That a file which a user names for output takes the place of nothing that the command reads, and of no
/// file of a run: a folder with a log, or a model, is a run's.
/// @param output may be empty, as may be those of `read`
/// @throws base::InputError naming the file
void require_own_output(const std::string& output, const std::vector<std::string>& read);

}  // namespace scorefem::study
