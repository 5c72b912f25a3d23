module example.com/a
require (
	b v1.0.0 // indirect
)
require c v2
replace b => `../b`
