package translate_test

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
)

func TestInternalErrorUnwraps(t *testing.T) {
	var err error = &translate.InternalError{Cause: io.ErrUnexpectedEOF}
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, errors.Unwrap(&translate.InternalError{Cause: "no error"}))
}
