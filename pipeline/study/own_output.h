#pragma once

#include <string>
#include <vector>

namespace scorefem::study {

/// That a file which a user names for output takes the place of nothing that the command reads, of no file of
/// a run, wherever it is by now, and lies in no folder that a run's stage reads whole:
/// - a folder with a log, or a model, is a run's, and the names of its stages' files are theirs;
/// - data sets, shards, models, references and posteriors of test measurements are a run's in any folder; but
///   what `infer` wrote before may be replaced;
/// - the folders of shards and of a reference's parts are the run's.
/// That it could be written is looked at too.
/// @param output may be empty, as may be those of `read`
/// @throws base::InputError naming the file, and what it is
void require_own_output(const std::string& output, const std::vector<std::string>& read);

}  // namespace scorefem::study
