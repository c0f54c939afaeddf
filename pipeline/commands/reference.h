#pragma once

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// The test measurements of dataset.h5 -> reference.h5 (see reference_format.md): draws from their exact
/// posteriors. A measurement that is finished is kept in OUTPUT/reference.parts/ until all are; a
/// reference.h5 of fewer measurements, or with some that did not converge within fewer iterations, is added
/// to. Needs an initialised MPI and PETSc (solver/runtime.h) but for the linear problem.
/// @throws InputError if the data set is missing or belongs to another configuration, has fewer solved test
///         samples than measurements are asked for, or the noise is 0; Interrupted after a signal, with the
///         finished measurements saved.
void reference(const study::StageContext& context);

}  // namespace scorefem::commands
