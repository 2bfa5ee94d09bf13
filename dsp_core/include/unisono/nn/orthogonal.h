// Orthonormal columns by the modified Gram-Schmidt process, evaluated in double.
#pragma once

#include <vector>

namespace unisono {

// values[rows][cols]: each column loses its part along the columns before it and is divided by its length; a column
// that has (nearly) nothing left becomes zero.
void orthonormalise_columns(float* values, int rows, int cols);

}  // namespace unisono
