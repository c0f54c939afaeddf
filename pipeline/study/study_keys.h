#pragma once

#include "pipeline/configuration/config_section.h"
#include "pipeline/study/study.h"

namespace scorefem::study {

// Descriptions of the parts of a study's configuration. What a stage's result depends on is written by those
// of the stage and of the ones before it.

/// Reads, before all keys are, those that the defaults of others depend on (use_defaults()), and what is
/// known of pairs that were imported. The descriptions below set no value but those of their own keys.
void read_choices(configuration::Section& s, Study& study);
/// Seed, forward model, prior and sizes: what a data set is made from.
void describe_dataset(configuration::Section& s, Study& study);
void describe_training_inputs(configuration::Section& s, Study& study);
void describe_sampling_inputs(configuration::Section& s, Study& study);
void describe_evaluation_inputs(configuration::Section& s, Study& study);
/// One reference serves every model. How many measurements there are, and how many iterations those that do
/// not converge may have, changes nothing about the others.
void describe_reference_inputs(configuration::Section& s, Study& study);
/// All keys.
void describe_study(configuration::Section& s, Study& study);

}  // namespace scorefem::study
