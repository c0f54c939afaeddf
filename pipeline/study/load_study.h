#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/study/study.h"

namespace scorefem::study {

/// Reads and validates a configuration; see config_reader.h for what is thrown.
/// @param output folder of all results instead of the configuration's; empty: the configuration's. Pairs that
///        were imported into it say what the configuration does not.
Study load_study(const std::string& path, const std::vector<std::string>& overrides,
                 const std::string& output = "");
/// The same for the import of pairs, for which it does not matter what was imported before.
Study load_study_for_import(const std::string& path, const std::vector<std::string>& overrides,
                            const std::string& output);

/// A configuration that a result stores, without looking at any file or server: for its prior.
/// @param name stands for the file in messages
/// @throws ConfigError, e.g. for a key of another version of the program
Study stored_study(const std::string& configuration, const std::string& name);

/// The prior of the study's unknowns; null where it is not known.
std::shared_ptr<const problem::Prior> make_prior(const Study& study);
/// The forward model, ready for use. Collective over all ranks where the model needs them all.
/// @throws InputError if pairs were made elsewhere
std::unique_ptr<problem::ForwardModel> make_forward_model(const Study& study);

/// That pairs which were made elsewhere have been imported.
/// @throws InputError
void require_imported(const Study& study);
/// That there are test pairs: what `scorefem sample` and `scorefem evaluate` need.
/// @throws InputError
void require_test_part(const Study& study);

/// What only training asks for: that a batch is not larger than the training part, and that the network will
/// serve the noise of the test measurements, as far as the configuration alone tells.
/// @param path, overrides that the study was loaded with
/// @throws ConfigError
void require_trainable(const Study& study, const std::string& path,
                       const std::vector<std::string>& overrides);

/// The complete configuration as YAML, which reads back to the same study.
std::string resolved_configuration(const Study& study);

/// What a stage's result depends on, as YAML: equal text, equal result. Each contains the stages before it.
std::string dataset_inputs(const Study& study);
std::string training_inputs(const Study& study);
std::string sampling_inputs(const Study& study);
std::string evaluation_inputs(const Study& study);
/// Those of each reference posterior: the data set and the noise, no model and no number of measurements.
std::string reference_inputs(const Study& study);

}  // namespace scorefem::study
